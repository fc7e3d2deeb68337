import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { attack } from './harness/attack.ts';
import { checkpointUnmissed, verified } from './harness/ledger.ts';

export default attack({
	title: 'somebody who has the data folder removes the ledger folder with its key',
	requirements: ['ledger'],
	attacker: 'database',
	off: {
		patch: [
			checkpointUnmissed,
			{
				file: 'packages/service/ledger/checkpoints.ts',
				find: 'if (checkpoints.signed().size > 0 || registry.edge().size > 0 || (await store.policies()).length > 0) {',
				replace: 'if (checkpoints.signed().size < 0) {',
			},
		],
		because: 'the parameter says how the ledger is kept; what vouches for it is no parameter',
	},
	refusal: /The key of the ledger is gone from/,
	run: async ({ site, cli }) => {
		const session = await site.session(await site.commissionDevice('hall', 'probe-1'));
		await session.publish('probe-1', [{ time: Date.now(), value: 1 }]);
		await site.stop();
		await rm(join(site.folder, 'ledger'), { recursive: true });
		try {
			await site.start();
		} catch (error) {
			const said = error instanceof Error ? error.message : String(error);
			return { succeeded: false, saw: `the site does not start: ${said}`, refusal: said };
		}
		return verified(cli, 'the site made a new key', ['--application', 'hall']);
	},
});
