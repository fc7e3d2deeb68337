import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { reportAs, weaknessOf } from './harness/rolled-out.ts';

// RFC 9334 §3.2: a report is worth what is known of who made it.
export default attack({
	title: "a thief of a device's key reports in its name that nothing is open but what was declared",
	requirements: ['least-function'],
	attacker: 'device-folder',
	off: {
		patch: [
			{
				file: 'packages/service/evidence/device-facts.ts',
				find: "isVouchedFor(said, principal, evidence) ? 'observed'",
				replace: "said !== null ? 'observed'",
			},
		],
		because: 'the levels ask for observed evidence; what is taken out is that a boot must speak for the report',
	},
	site: { policies: [hallPolicy.replace('resistance: 0', 'resistance: 3')] },
	refusal: /evidence is only claimed, asked observed/,
	run: async ({ site }) => {
		await reportAs(site, await site.commissionDevice('hall', 'probe-1'), {});
		const why = await weaknessOf(site, 'least-function', 3);
		return {
			succeeded: why === null,
			saw: why === null ? 'the word of a key in a file counts as observed' : `posture: ${why}`,
			refusal: why,
		};
	},
});
