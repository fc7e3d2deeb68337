import { attack } from './harness/attack.ts';

export default attack({
	title: 'a device files a reading under the name of another device',
	requirements: ['own-streams-only'],
	attacker: 'device',
	quick: true,
	off: {
		patch: [
			{
				file: 'packages/core/observe/admission.ts',
				find: 'if (!namesStream(record.name, device, terms.name)) {',
				replace: 'if (record.name === null) {',
			},
		],
		because: 'every level asks it, level 0 too',
	},
	refusal: 'reading-name',
	run: async ({ site }) => {
		const session = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const reading = { name: 'probe-2/dose-rate', time: Date.now() };
		const { reason, code, why } = await session.publish('probe-1', [reading]);
		return { succeeded: reason === 0, saw: `PUBACK 0x${reason.toString(16)} ${why}`, refusal: code };
	},
});
