import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { attack } from './harness/attack.ts';
import { byHand, verified } from './harness/ledger.ts';

const tables = ['registry_leaf', 'registry_edge', 'signed_checkpoint', 'reading', 'mark', 'leaf', 'edge', 'stream'];

export default attack({
	title:
		'somebody who has the data folder removes every checkpoint and ledger, so that a registry without its revocation is covered as it is',
	requirements: ['ledger'],
	attacker: 'database',
	off: {
		patch: [
			{
				file: 'packages/service/ledger/checkpoints.ts',
				find: 'const stripped = !made && isBare',
				replace: 'const stripped = made && isBare',
			},
		],
		because: 'the parameter says how the ledger is kept; what vouches for it is no parameter',
	},
	refusal: /by hand/,
	run: async ({ site, cli }) => {
		const session = await site.session(await site.commissionDevice('hall', 'probe-1'));
		await session.publish('probe-1', [{ time: Date.now(), value: 1 }]);
		await site.ask('principal.revoke', { kind: 'device', application: 'hall', id: 'probe-1', reason: 'stolen' });
		await site.restart(async (folder) => {
			const ledger = join(folder, 'ledger');
			for (const name of await readdir(ledger)) if (name.endsWith('.checkpoint')) await rm(join(ledger, name));
			byHand(
				...tables.map((table) => `DELETE FROM ${table}`),
				'UPDATE certificate SET revoked_at = NULL, revoked_cause = NULL, revoked_reason = NULL',
			)(folder);
		});
		return verified(cli, 'every checkpoint was removed and the revocation undone');
	},
});
