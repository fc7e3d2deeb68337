import { attack } from './harness/attack.ts';

export default attack({
	title: 'a device dates a reading to before it was one, where no other reading contradicts it',
	requirements: ['input-refused'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/core/observe/admission.ts',
				find: 'if (time < earliest) {',
				replace: 'if (time === null) {',
			},
		],
		because: 'the bound is an option of the site, not a parameter of the policy',
	},
	refusal: 'reading-time-past',
	run: async ({ site }) => {
		const session = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const { reason, code, why } = await session.publish('probe-1', [{ time: Date.now() - 86_400_000 }]);
		return { succeeded: reason === 0, saw: `PUBACK 0x${reason.toString(16)} ${why}`, refusal: code };
	},
});
