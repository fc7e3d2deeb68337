import { attack } from './harness/attack.ts';
import { answerOf } from './harness/session.ts';

export default attack({
	title:
		'a reader subscribes to a filter of sixty thousand levels, which is held against every stream and split each time',
	requirements: ['overload-held'],
	attacker: 'reader',
	quick: true,
	off: {
		patch: [
			{
				file: 'packages/service/live/topic-filter.ts',
				find: 'if (filter.length > filterBounds.bytes || Buffer.byteLength(filter) > filterBounds.bytes) return false;',
				replace: 'if (filter.length > 0) return true;',
			},
		],
		because: 'the bound is one of the wire, not of a policy',
	},
	refusal: 'subscription-refused',
	run: async ({ site }) => {
		const reader = await site.commissionReader('hall', 'desk');
		await site.grant('hall', 'desk', '*', 'dose-rate');
		const { wire } = await site.session(reader);
		wire.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: '/'.repeat(60_000), qos: 1 }] });
		const suback = await wire.next('suback');
		const [granted] = suback.granted;
		const { code, why } = answerOf(suback);
		// Not authorized is what the committer says after it has looked.
		return { succeeded: granted === 0x87, saw: `SUBACK 0x${Number(granted).toString(16)} ${why}`, refusal: code };
	},
});
