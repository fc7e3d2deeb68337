import { attack } from './harness/attack.ts';
import { readStream } from './harness/read.ts';

export default attack({
	title: 'somebody who has the key of a device sends another value for a moment that is recorded already',
	requirements: ['replay-refused'],
	attacker: 'device-folder',
	off: {
		patch: [
			{
				file: 'packages/core/observe/admission.ts',
				find: "if (sealed ? Buffer.compare(record, seen) === 0 : sameRecord(record, seen)) return 'known';",
				replace: "return 'new';",
			},
			{
				file: 'packages/store/sqlite/readings.ts',
				find: 'if (locate(stream, identity)) {',
				replace: 'if (identity === -1) {',
			},
		],
		because: 'every level asks it, level 0 too; the store looks once more before it writes',
	},
	refusal: 'reading-conflict',
	run: async ({ site }) => {
		const session = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const time = Date.now() - 2000;
		const first = await session.publish('probe-1', [{ time, value: 1e-7 }]);
		if (first.reason !== 0) throw new Error(`the first reading was not taken: ${first.why}`);
		const { reason, code, why } = await session.publish('probe-1', [{ time, value: 2e-7 }]);
		const reader = await site.commissionReader('hall', 'desk');
		await site.grant('hall', 'desk', '*', 'dose-rate');
		const { readings } = await readStream(site, reader, 'probe-1', 'dose-rate');
		const values = readings.filter((reading) => reading.time === time).map(({ value }) => value);
		const saw = `PUBACK 0x${reason.toString(16)} ${why}; a reader gets ${values.join(' and ')} for that moment`;
		return { succeeded: reason === 0 && values.length === 2, saw, refusal: code };
	},
});
