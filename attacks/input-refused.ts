import { attack } from './harness/attack.ts';

export default attack({
	title: 'a device sends a value that its stream cannot have',
	requirements: ['input-refused'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/core/observe/admission.ts',
				find: 'terms.range !== undefined && !inside(record.value, terms.range)',
				replace: 'record.value === null && !inside(record.value, [0, 0])',
			},
		],
		because: 'every level asks it, level 0 too',
	},
	refusal: 'reading-value',
	run: async ({ site }) => {
		const session = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const { reason, code, why } = await session.publish('probe-1', [{ time: Date.now(), value: 1e9 }]);
		return { succeeded: reason === 0, saw: `PUBACK 0x${reason.toString(16)} ${why}`, refusal: code };
	},
});
