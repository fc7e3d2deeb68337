import { attack } from './harness/attack.ts';
import { answerOf } from './harness/session.ts';

export default attack({
	title: 'a device sends a CBOR pack of 260,864 empty maps: one byte makes an object',
	requirements: ['overload-held'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/core/observe/senml-cbor.ts',
				find: '\tcheckCount(bytes);\n',
				replace: '',
			},
		],
		because: 'no level switches it off',
	},
	refusal: /more than the 1000 records/,
	run: async ({ site }) => {
		const { wire } = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const head = [0x9a, 0, 0x03, 0xfb, 0];
		const payload = Buffer.concat([Buffer.from(head), Buffer.alloc(260_864, 0xa0)]);
		wire.send({
			cmd: 'publish',
			topic: 'hall/probe-1/dose-rate',
			payload,
			qos: 1,
			dup: false,
			retain: false,
			messageId: 1,
		});
		// What is said of the pack tells whether it was decoded.
		const { why } = answerOf(await wire.next('puback'));
		const counted = /more than the 1000 records/.test(why);
		return {
			succeeded: !counted,
			saw: `it was ${counted ? 'counted and left' : 'made into objects'}: ${why}`,
			refusal: why,
		};
	},
});
