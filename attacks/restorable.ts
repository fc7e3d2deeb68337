import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';

// restorable says that a backup was restored, from evidence. What attacks it is a backup that no longer is the site: if its
// rehearsal passed, the posture would say that a site can be restored which cannot.
export default attack({
	title: 'somebody who has the backup takes a revocation out of it, and its rehearsal is to pass',
	requirements: ['restorable'],
	attacker: 'database',
	off: {
		patch: [
			{
				file: 'packages/service/backup/restore.ts',
				find: 'if (size !== file.size || sha256 !== file.sha256) {',
				replace: 'if (size < 0) {',
			},
			{
				file: 'packages/service/backup/restore.ts',
				find: "if (said !== undefined) throw new Problem('backup-broken', `The ledger of the registry",
				replace: "if (said === null) throw new Problem('backup-broken', `The ledger of the registry",
			},
		],
		because:
			'the parameter says how old a rehearsed backup may be; that the copy is compared with its manifest holds always',
	},
	site: { policies: [hallPolicy.replace('adaptability: 0', 'adaptability: 2')] },
	refusal: 'backup-broken',
	run: async ({ site, cli, folder }) => {
		await site.commissionDevice('hall', 'probe-1');
		await site.ask('principal.revoke', { kind: 'device', application: 'hall', id: 'probe-1', reason: 'stolen' });
		const to = join(folder, 'backup');
		const made = await cli(['backup', '--to', to, '--json']);
		if (made.status !== 0) throw new Error(`no backup was made: ${made.stderr}`);
		const db = new DatabaseSync(join(to, 'keyward.sqlite'));
		const { changes } = db.prepare('UPDATE certificate SET revoked_at = NULL, revoked_reason = NULL').run();
		db.close();
		if (Number(changes) !== 1) throw new Error('there was no revocation in the backup');
		const { status, code, stderr } = await cli(['restore', '--rehearse', '--from', to, '--json']);
		const postures = await site.ask('posture', { application: 'hall' });
		const weakest = postures.flatMap(({ objectives }) => objectives.flatMap((objective) => objective.weakest));
		const isProven = !weakest.some(({ requirement }) => requirement === 'restorable');
		const shown = `the posture ${isProven ? 'holds restorable for proven' : 'names restorable as lacking'}`;
		const saw = `${status === 0 ? 'the rehearsal passes' : stderr.trim()}; ${shown}`;
		return { succeeded: status === 0 && isProven, saw, refusal: code };
	},
});
