import { attack } from './harness/attack.ts';
import { byHand, checkpointUnmissed, registryUncompared, verified } from './harness/ledger.ts';

const tables = ['stream', 'leaf', 'edge', 'principal', 'token', 'intent', 'certificate', 'reader_grant', 'policy'];

export default attack({
	title: 'somebody who has the database removes everything of an application, its ledger included',
	requirements: ['ledger'],
	attacker: 'database',
	off: {
		patch: [
			registryUncompared,
			checkpointUnmissed,
			{
				file: 'packages/service/ledger/checkpoints.ts',
				find: 'for (const ledger of vouchedFor) all.add(ledger);',
				replace: '',
			},
		],
		because: 'the parameter says how the ledger is kept; what vouches for it is no parameter',
	},
	refusal: /A checkpoint was signed over \d+ leaves, and 0 are there/,
	run: async ({ site, cli }) => {
		const session = await site.session(await site.commissionDevice('hall', 'probe-1'));
		await session.publish('probe-1', [{ time: Date.now(), value: 1 }]);
		await site.restart(
			byHand(
				'DELETE FROM reading',
				'DELETE FROM mark',
				...tables.map((table) => `DELETE FROM ${table} WHERE application = 'hall'`),
				`DELETE FROM signed_checkpoint WHERE application = 'hall'`,
			),
		);
		const { applications } = await site.ask('site.status', {});
		return verified(cli, `the site has ${applications.length} applications`);
	},
});
