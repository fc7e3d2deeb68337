import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { assignedTo, releaseSecond, rolloutWhen, termsOf, weaknessOf } from './harness/rolled-out.ts';

// IEC 62443-4-2 EDR 3.10: that a device can be mended is shown by an update, not by a device that says a version.
export default attack({
	title: 'a device that was taken over says that it runs the fix, and never fetched it',
	requirements: ['update-path'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/service/rollout/rollout-facts.ts',
				find: 'seen: fetched !== null && fetched >= offered',
				replace: 'seen: fetched === null || fetched >= offered',
			},
		],
		because:
			'the parameter says how old an update may be; that the service itself saw it is the strength of the evidence',
	},
	site: { policies: [hallPolicy.replace('adaptability: 0', 'adaptability: 2')] },
	refusal: /evidence is only claimed/,
	run: async ({ site }) => {
		const probe = await site.commissionDevice('hall', 'probe-1');
		await releaseSecond(site);
		const { id } = await site.ask('rollout.start', {
			application: 'hall',
			version: '2.0.0',
			terms: termsOf({ soak: 1 }),
		});
		await assignedTo(site, probe);
		await assignedTo(site, probe, { running: '2.0.0' });
		await rolloutWhen(site, id, ({ devices }) => devices[0]?.stage === 'installed');
		await assignedTo(site, probe, { running: '2.0.0' });
		const shown = await rolloutWhen(site, id, ({ devices }) => devices[0]?.stage === 'well');
		const refusal = await weaknessOf(site, 'update-path');
		const saw = `in the rollout it is ${shown.devices[0]?.stage ?? 'absent'}; update-path: ${refusal ?? 'held'}`;
		return { succeeded: refusal === null, saw, refusal };
	},
});
