import { attack } from './harness/attack.ts';
import { byHand } from './harness/ledger.ts';
import { readStream } from './harness/read.ts';

export default attack({
	title: 'somebody who has the database writes a grant into it for a reader that was given none',
	requirements: ['ledger', 'deny-by-default'],
	attacker: 'database',
	off: {
		patch: [
			{
				file: 'packages/core/authorize/read-decision.ts',
				find: 'if (grant.unrecorded === true) continue;',
				replace: '',
			},
		],
		because:
			'the parameters say how the ledger is kept and who reads; that a grant must be in the ledger is no parameter',
	},
	refusal: 'not-granted',
	run: async ({ site }) => {
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
		const { readings, code } = await readStream(site, reader, 'probe-1', 'dose-rate');
		return {
			succeeded: readings.length > 0,
			saw: `the reader gets ${readings.length} readings (${code ?? 'no refusal'})`,
			refusal: code,
		};
	},
});
