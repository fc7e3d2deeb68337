import { hallPolicy } from '@keyward/testing/service/site';
import { attack } from './harness/attack.ts';
import { sealedSession } from './harness/sealed.ts';

export default attack({
	title: "an owner's roster has one content key seal for longer than the policy allows",
	requirements: ['epoch-length'],
	attacker: 'operator',
	off: { requirements: ['epoch-length'] },
	site: { policies: [`${hallPolicy}tighten: { sealed-readings: sealed, epoch-length: 1h }\n`] },
	refusal: 'roster-laxer',
	run: async (tools) => {
		const { hall, send } = await sealedSession(tools, { epoch: '24h' });
		const { reason, code, why } = await send((await hall.epoch(1)).message);
		return { succeeded: reason === 0, saw: `PUBACK 0x${reason.toString(16)} ${why}`, refusal: code };
	},
});
