import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { attack } from './harness/attack.ts';
import { checkpointUnmissed, verified } from './harness/ledger.ts';

export default attack({
	title: 'somebody who has the data folder removes the signed checkpoint, so that the ledger is begun again without it',
	requirements: ['ledger'],
	attacker: 'database',
	off: {
		patch: [checkpointUnmissed],
		because: 'the parameter says how the ledger is kept; what vouches for it is no parameter',
	},
	refusal: /the signed checkpoint of hall is gone/,
	run: async ({ site, cli }) => {
		const session = await site.session(await site.commissionDevice('hall', 'probe-1'));
		await session.publish('probe-1', [{ time: Date.now(), value: 1 }]);
		await site.restart((folder) => rm(join(folder, 'ledger', 'hall.checkpoint')));
		return verified(cli, 'the checkpoint was removed');
	},
});
