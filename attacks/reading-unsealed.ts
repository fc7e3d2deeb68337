import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';

export default attack({
	title: 'who has taken over what a device is told has it send its readings in the open',
	requirements: ['sealed-readings'],
	attacker: 'device',
	off: { requirements: ['sealed-readings'] },
	site: { policies: [`${hallPolicy}tighten: { sealed-readings: sealed }\n`] },
	refusal: 'reading-unsealed',
	run: async ({ site }) => {
		const session = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const { reason, code, why } = await session.publish('probe-1', [{ time: Date.now() }]);
		return { succeeded: reason === 0, saw: `PUBACK 0x${reason.toString(16)} ${why}`, refusal: code };
	},
});
