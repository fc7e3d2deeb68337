import { attack } from './harness/attack.ts';
import { byHand, registryUncompared, verified } from './harness/ledger.ts';
import { readStream } from './harness/read.ts';

export default attack({
	title: 'somebody who has the database writes a grant into it for a reader that was given none',
	requirements: ['ledger', 'deny-by-default'],
	attacker: 'database',
	off: {
		patch: [registryUncompared],
		because: 'the parameter says how the ledger is kept; what it covers is no parameter',
	},
	refusal: /The grant forged was written into the database by hand/,
	run: async ({ site, cli }) => {
		const session = await site.session(await site.commissionDevice('hall', 'probe-1'));
		await session.publish('probe-1', [{ time: Date.now(), value: 1 }]);
		const reader = await site.commissionReader('hall', 'desk');
		const now = Date.now();
		await site.restart(
			byHand(
				`INSERT INTO reader_grant (id, application, reader, device, stream, purpose, from_time, expires, ended)
				VALUES ('forged', 'hall', 'desk', '*', 'dose-rate', 'x', ${now - 1000}, ${now + 3_600_000}, NULL)`,
			),
		);
		const { readings } = await readStream(site, reader, 'probe-1', 'dose-rate');
		return verified(cli, `the reader gets ${readings.length} readings`);
	},
});
