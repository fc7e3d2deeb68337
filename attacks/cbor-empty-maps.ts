import { attack } from './harness/attack.ts';
import { answerOf } from './harness/session.ts';

const maps = 200_000;

/** A CBOR array of empty maps, one byte each. */
const pack = (): Buffer => {
	const head = Buffer.alloc(5, 0x9a);
	head.writeUInt32BE(maps, 1);
	return Buffer.concat([head, Buffer.alloc(maps, 0xa0)]);
};

export default attack({
	title: 'an opened device sends CBOR of which every byte makes an object',
	requirements: ['overload-held'],
	attacker: 'device',
	quick: true,
	off: {
		patch: [
			{
				file: 'packages/core/observe/senml-cbor.ts',
				find: '	checkCount(bytes);\n',
				replace: '	void checkCount;\n',
			},
		],
		because: 'what is taken of a format is no parameter',
	},
	refusal: 'senml-malformed',
	run: async ({ site }) => {
		const { wire } = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const [topic, payload] = ['hall/probe-1/dose-rate', pack()];
		wire.send({ cmd: 'publish', topic, payload, qos: 1, dup: false, retain: false, messageId: 1 });
		const { code, why } = answerOf(await wire.next('puback'));
		// Refused either way; who says how many records there are has made them all.
		return { succeeded: why.includes(`holds ${maps} records`), saw: why, refusal: code };
	},
});
