import { attack } from './harness/attack.ts';
import { answerOf } from './harness/session.ts';

/** Four bytes of packet for each look at every stream of the site. */
const repeats = 5000;

export default attack({
	title: 'a reader repeats one filter thousands of times in one SUBSCRIBE',
	requirements: ['overload-held'],
	attacker: 'reader',
	quick: true,
	off: {
		patch: [
			{
				file: 'packages/service/listen/mqtt/form.ts',
				find: 'return filters > maxFilters',
				replace: 'return filters > 65_535',
			},
		],
		because: 'the bound is one of the wire, not of a policy',
	},
	refusal: 'subscription-refused',
	run: async ({ site }) => {
		const reader = await site.commissionReader('hall', 'desk');
		await site.grant('hall', 'desk', '*', 'dose-rate');
		const { wire } = await site.session(reader);
		const subscriptions = Array.from({ length: repeats }, () => ({ topic: '#', qos: 1 as const }));
		wire.send({ cmd: 'subscribe', messageId: 1, subscriptions });
		const suback = await wire.next('suback');
		const looked = suback.granted.filter((code) => typeof code === 'number' && code < 0x80).length;
		const { code, why } = answerOf(suback);
		return { succeeded: looked > 1000, saw: `${looked} of ${repeats} were looked at ${why}`, refusal: code };
	},
});
