import { readingPacket } from '@keyward/testing/service/wire';
import { attack } from './harness/attack.ts';

/** The same PUBLISH with its Response Topic `x` made empty: one byte less in the packet, its properties and the text. */
const withEmptyResponseTopic = (packet: Buffer): Buffer => {
	const text = Buffer.from([0x08, 0x00, 0x01, 0x78]);
	const at = packet.indexOf(text);
	const empty = Buffer.concat([packet.subarray(0, at), Buffer.from([0x08, 0, 0]), packet.subarray(at + text.length)]);
	// The properties' length stands before the first of them; the packet's begins at its second byte.
	empty[at - 1] = (empty[at - 1] ?? 0) - 1;
	empty[1] = (empty[1] ?? 0) - 1;
	return empty;
};

export default attack({
	title: 'a device publishes with an empty Response Topic, for an answering client to publish to no topic',
	requirements: ['input-refused'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/service/mqtt/protocol/properties.ts',
				find: 'if (length === 0 || wildcard) throw',
				replace: 'if (length < 0 || wildcard) throw',
			},
		],
		because: 'the protocol asks it at every level (MQTT-4.7.3-1)',
	},
	refusal: 'packet-malformed',
	run: async ({ site }) => {
		const session = await site.session(await site.commissionDevice('hall', 'probe-1'));
		const reading = { time: Date.now() };
		const { wire } = session;
		const packet = wire.bytesOf(readingPacket('probe-1', 1, [reading], { properties: { responseTopic: 'x' } }));
		wire.socket.write(withEmptyResponseTopic(packet));
		const puback = await wire.next('puback').catch((error: unknown) => String(error));
		if (typeof puback !== 'string')
			return { succeeded: puback.reasonCode === 0 || puback.reasonCode === undefined, saw: 'PUBACK', refusal: null };
		const [, code = null] = /"reasonString":"([a-z-]+): /.exec(puback) ?? [];
		return { succeeded: false, saw: puback, refusal: code };
	},
});
