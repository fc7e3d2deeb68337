import { attack } from './harness/attack.ts';

export default attack({
	title: 'a device sends a field that nobody declared along with its reading',
	requirements: ['data-minimised'],
	attacker: 'device',
	off: { requirements: ['data-minimised'] },
	refusal: 'senml-unsupported',
	run: async ({ site }) => {
		const session = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const reading = { n: 'probe-1/dose-rate', u: 'Sv/h', t: Date.now() / 1000, v: 1e-7, 'operator-name': 'Ada' };
		const { reason, code, why } = await session.publish('probe-1', [], { payload: JSON.stringify([reading]) });
		return { succeeded: reason === 0, saw: `PUBACK 0x${reason.toString(16)} ${why}`, refusal: code };
	},
});
