import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';

export default attack({
	title: 'somebody on the way drops every second reading',
	requirements: ['gap-noticed'],
	attacker: 'network',
	off: { requirements: ['gap-noticed'] },
	site: { policies: [`${hallPolicy}tighten: { gap-noticed: 10s }\n`] },
	refusal: /missing/,
	run: async ({ site }) => {
		const device = await site.session(await site.commissionDevice('hall', 'probe-1'));
		// Readings are due every 10 s; of those up to now, every second one arrives.
		const now = Date.now();
		for (const before of [60_000, 40_000, 20_000, 0]) {
			const { reason, why } = await device.publish('probe-1', [{ time: now - before }]);
			if (reason !== 0) throw new Error(`the reading was not taken: ${why}`);
		}
		const { streams } = await site.ask('device.show', { application: 'hall', device: 'probe-1' });
		const missing = streams.find(({ stream }) => stream === 'dose-rate')?.missing ?? 0;
		if (missing === 0) return { succeeded: true, saw: 'the stream shows no gap', refusal: null };
		return { succeeded: false, saw: `${missing} readings missing`, refusal: 'missing' };
	},
});
