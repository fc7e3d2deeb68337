import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { attack } from './harness/attack.ts';
import { readStream } from './harness/read.ts';

export default attack({
	title: 'whoever has the database changes a stored reading',
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
		const { reason } = await session.publish('probe-1', [{ time: Date.now(), value: 1 }]);
		if (reason !== 0) throw new Error('the reading was not taken');
		const reader = await site.commissionReader('hall', 'desk');
		await site.grant('hall', 'desk', '*', 'dose-rate');
		await site.restart((folder) => {
			const db = new DatabaseSync(join(folder, 'keyward.sqlite'));
			const changed = Buffer.from(db.prepare('SELECT record FROM reading').get()?.['record'] as Uint8Array);
			changed.writeDoubleBE(2, 1);
			db.prepare('UPDATE reading SET record = ?').run(changed);
			db.close();
		});
		const { readings } = await readStream(site, reader, 'probe-1', 'dose-rate');
		if (readings[0]?.value !== 2) throw new Error(`the reader gets ${String(readings[0]?.value)}`);
		const { status, stdout } = await cli(['ledger', 'verify', '--json']);
		const reports = JSON.parse(stdout) as { readonly breaks: readonly string[] }[];
		const breaks = reports.flatMap((report) => report.breaks).join('; ');
		const agrees = status === 0 && breaks === '';
		const saw = `a reader gets the changed value; keyward ledger verify ends with ${status}: ${breaks || 'agrees'}`;
		return { succeeded: agrees, saw, refusal: breaks };
	},
});
