import { attack } from './harness/attack.ts';

export default attack({
	title: 'an opened device writes its stream as fast as it can, a hundred thousand times as often as its policy says',
	requirements: ['overload-held'],
	attacker: 'device',
	off: { requirements: ['overload-held'] },
	refusal: 'reading-too-often',
	run: async ({ site }) => {
		const session = await site.session(await site.commissionDevice('hall', 'probe-1'));
		// The last minute, to the millisecond: 11,000 readings of a stream that takes one in ten seconds.
		const now = Date.now();
		let stored = 0;
		for (let pack = 0; pack < 11; pack++) {
			const readings = Array.from({ length: 1000 }, (_, at) => ({ time: now + pack * 1000 + at }));
			const { reason, code, why } = await session.publish('probe-1', readings);
			if (reason !== 0)
				return { succeeded: false, saw: `after ${stored}: PUBACK 0x${reason.toString(16)} ${why}`, refusal: code };
			stored += readings.length;
		}
		return { succeeded: true, saw: `${stored} readings were acknowledged`, refusal: null };
	},
});
