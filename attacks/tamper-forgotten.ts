import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { reportAs, weaknessOf } from './harness/rolled-out.ts';

// EDR 3.11: a case that was opened is a matter for a person, not for the next report.
export default attack({
	title: 'a thief who opened a device closes it again, and waits until the next report has told that all is well',
	requirements: ['tamper-noticed'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/service/evidence/device-facts.ts',
				find: 'incidents.find(({ closed }) => closed === null)',
				replace: 'incidents.find(() => false)',
			},
		],
		because: 'the levels ask for the evidence; what is taken out is that an open incident speaks against it',
	},
	site: { policies: [hallPolicy.replace('resistance: 0', 'resistance: 2')] },
	refusal: /its case was opened: lid; incident 1 is open/,
	run: async ({ site }) => {
		const device = await site.commissionDevice('hall', 'probe-1');
		const lid = (opened: boolean) => reportAs(site, device, { tamper: [{ name: 'lid', opened }] });
		await lid(false);
		const before = await weaknessOf(site, 'tamper-noticed', 2);
		if (before !== null) throw new Error(`the device is not well before the attack: ${before}`);
		await lid(true);
		await lid(false);
		const why = await weaknessOf(site, 'tamper-noticed', 2);
		const saw = why === null ? 'the posture says that all is well' : `posture: ${why}`;
		return { succeeded: why === null, saw, refusal: why };
	},
});
