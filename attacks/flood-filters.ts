import { attack } from './harness/attack.ts';
import { answerOf } from './harness/session.ts';

const filters = 20_000;

export default attack({
	title: 'a reader subscribes to # twenty thousand times in one packet of 80 KB',
	requirements: ['overload-held'],
	attacker: 'reader',
	off: {
		patch: [
			{
				file: 'packages/service/mqtt/protocol/packet-form.ts',
				find: 'return filters > maxFilters ?',
				replace: 'return filters < 0 ?',
			},
			{
				file: 'packages/service/mqtt/subscribe/subscribe.ts',
				find: 'filters++ < limits.filters ?',
				replace: 'filters >= 0 ?',
			},
		],
		because: 'no level switches it off',
	},
	refusal: 'subscription-refused',
	run: async ({ site }) => {
		const device = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const reader = await site.commissionReader('hall', 'desk');
		await site.grant('hall', 'desk', '*', 'dose-rate');
		const { wire } = await site.session(reader);
		const subscriptions = Array.from({ length: filters }, () => ({ topic: '#', qos: 0 as const }));
		wire.send({ cmd: 'subscribe', messageId: 1, subscriptions });
		const suback = await wire.next('suback');
		const granted = suback.granted.filter((code) => typeof code === 'number' && code < 0x80).length;
		const { reason } = await device.publish('probe-1', [{ time: Date.now() }]);
		const { code, why } = answerOf(suback);
		return {
			succeeded: granted === filters,
			saw: `${granted} of ${filters} looked up and granted ${why}; a device heard 0x${reason.toString(16)}`,
			refusal: code,
		};
	},
});
