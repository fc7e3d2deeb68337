import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { assignedTo, releaseSecond, termsOf } from './harness/rolled-out.ts';

// Somebody in a hurry, or with the operator's socket, and a release that makes devices ill: no stage would show it in time.
export default attack({
	title: 'a release is sent to all devices at once',
	requirements: ['staged-rollout'],
	attacker: 'operator',
	off: { requirements: ['staged-rollout'] },
	site: { policies: [hallPolicy.replace('adaptability: 0', 'adaptability: 2')] },
	refusal: 'rollout-refused',
	run: async ({ site }) => {
		const devices = [await site.commissionDevice('hall', 'probe-1'), await site.commissionDevice('hall', 'probe-2')];
		await releaseSecond(site);
		const refusal = await site.ask('rollout.start', { application: 'hall', version: '2.0.0', terms: termsOf() }).then(
			() => null,
			(error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
		);
		const told = await Promise.all(devices.map((device) => assignedTo(site, device)));
		const count = told.filter((path) => path !== null).length;
		return { succeeded: count === devices.length, saw: `${count} of ${devices.length} devices were told`, refusal };
	},
});
