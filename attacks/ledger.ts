import { attack } from './harness/attack.ts';
import { byHand } from './harness/ledger.ts';
import { readStream } from './harness/read.ts';

export default attack({
	title: 'somebody who has the database changes when a stored reading was taken',
	requirements: ['ledger'],
	attacker: 'database',
	off: {
		patch: [
			{
				file: 'packages/service/ledger/verification.ts',
				find: 'breaks.push(...findings.breaks);\n\t\tconst { leaves, readings, forgotten, keptFrom } = findings;',
				replace: 'const { leaves, readings, forgotten, keptFrom } = findings;',
			},
		],
		because: 'the parameter says how the ledger is kept; it is compared with its rows at every level',
	},
	refusal: /does not agree with its rows/,
	run: async ({ site, cli }) => {
		const session = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const time = Date.now();
		const { reason } = await session.publish('probe-1', [{ time, value: 1 }]);
		if (reason !== 0) throw new Error('the reading was not taken');
		const reader = await site.commissionReader('hall', 'desk');
		await site.grant('hall', 'desk', '*', 'dose-rate');
		// Its value is authenticated with the key that the database does not have; when it was taken is the ledger's to hold.
		await site.restart(byHand('UPDATE reading SET time = identity - 3600000'));
		const { readings } = await readStream(site, reader, 'probe-1', 'dose-rate');
		if (readings[0]?.time !== time - 3_600_000) throw new Error(`the reader gets ${JSON.stringify(readings[0])}`);
		const { status, stdout } = await cli(['ledger', 'verify', '--json']);
		const reports = JSON.parse(stdout) as { readonly breaks: readonly string[] }[];
		const breaks = reports.flatMap((report) => report.breaks).join('; ');
		const agrees = status === 0 && breaks === '';
		const saw = `a reader gets the changed time; keyward ledger verify ends with ${status}: ${breaks || 'agrees'}`;
		return { succeeded: agrees, saw, refusal: breaks };
	},
});
