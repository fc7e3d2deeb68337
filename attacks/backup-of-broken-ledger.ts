import { join } from 'node:path';
import { attack } from './harness/attack.ts';
import { byHand } from './harness/ledger.ts';

export default attack({
	title: 'somebody who has the database changes a stored time, and the nightly backups go on as if all were well',
	requirements: ['restorable'],
	attacker: 'database',
	off: {
		patch: [
			{
				file: 'packages/service/backup/backup.ts',
				find: 'return await ledgerBreaks(store, folders, applications, signer);',
				replace: 'return (await ledgerBreaks(store, folders, applications, signer)).slice(0, 0);',
			},
		],
		because: 'the parameter says how old a rehearsed backup may be; that each backup is verified holds always',
	},
	refusal: 'ledger-broken',
	run: async ({ site, cli, folder }) => {
		const session = await site.session(await site.commissionDevice('hall', 'probe-1'));
		await session.publish('probe-1', [{ time: Date.now(), value: 1 }]);
		await site.restart(byHand('UPDATE reading SET identity = identity + 1'));
		const { status, stdout } = await cli(['backup', '--to', join(folder, 'backup')]);
		const [, code = null] = /\[([a-z-]+)\]/.exec(stdout) ?? [];
		const saw = `keyward backup ends with ${status}: ${code === null ? 'nothing is said of the ledger' : stdout}`;
		return { succeeded: status === 0, saw, refusal: status === 1 ? code : null };
	},
});
