import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { reportAs, weaknessOf } from './harness/rolled-out.ts';

// CR 7.7, EN 303 645 5.6-1: what is open beside the device's work is the way in for the next one.
export default attack({
	title: 'somebody with a way into a device leaves a remote shell on it, on its own port',
	requirements: ['least-function'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/core/device/least-function.ts',
				find: 'ports.filter((port) => !declared.ports.includes(port))',
				replace: 'ports.filter(() => declared === null)',
			},
		],
		because:
			'the requirement is asked at every level; what is taken out is that ports are compared with the declared ones',
	},
	site: {
		policies: [
			hallPolicy
				.replace('resistance: 0', 'resistance: 1')
				.replace('streams: [dose-rate, state] }', 'streams: [dose-rate, state], ports: [tcp/22], services: [ssh] }'),
		],
	},
	refusal: /open and not declared: tcp\/4444/,
	run: async ({ site }) => {
		const device = await site.commissionDevice('hall', 'probe-1');
		await reportAs(site, device, { ports: ['tcp/22'], services: ['ssh'] });
		const before = await weaknessOf(site, 'least-function', 1);
		if (before !== null) throw new Error(`the device is not as declared before the attack: ${before}`);
		await reportAs(site, device, { ports: ['tcp/22', 'tcp/4444'], services: ['ssh'] });
		const why = await weaknessOf(site, 'least-function', 1);
		return {
			succeeded: why === null,
			saw: why === null ? 'the posture is silent about the open port' : `posture: ${why}`,
			refusal: why,
		};
	},
});
