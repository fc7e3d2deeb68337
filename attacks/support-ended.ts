import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';

// EN 303 645 5.3-13: a device that nobody mends any more must not look as if somebody did.
export default attack({
	title: 'a device is sold on although its support ended yesterday, and the posture is to say nothing of it',
	requirements: ['support-period'],
	attacker: 'manufacturer',
	off: {
		patch: [{ file: 'packages/service/update/update-facts.ts', find: 'now < end ||', replace: 'now >= 0 ||' }],
		because: 'the requirement is asked at every level; what is taken out is that the day is compared with the clock',
	},
	site: {
		policies: [
			hallPolicy
				.replace('adaptability: 0', 'adaptability: 1')
				.replace(
					'streams: [dose-rate, state] }',
					`streams: [dose-rate, state], support-until: ${new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10)} }`,
				),
		],
	},
	refusal: /support ended on/,
	run: async ({ site }) => {
		await site.commissionDevice('hall', 'probe-1');
		const postures = await site.ask('posture', { application: 'hall' });
		const weak = postures
			.flatMap(({ objectives }) => objectives.flatMap(({ weakest }) => weakest))
			.find(({ requirement }) => requirement === 'support-period');
		const saw = weak === undefined ? 'the posture is silent about its support' : `posture: ${weak.reason}`;
		return { succeeded: weak === undefined, saw, refusal: weak?.reason ?? null };
	},
});
