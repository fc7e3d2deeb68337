import { checkProperties } from './properties.ts';
import { malformed, WireReader } from './wire-reader.ts';

/** Flags of CONNECT (MQTT 5 §3.1.2.3). */
const flag = { reserved: 1, will: 4, willQos: 0x18, willRetain: 0x20, password: 0x40, userName: 0x80 } as const;

const connect = 0x10;

/** A protocol that this endpoint knows to be another one. */
export type OtherProtocol = 'other-protocol';

/**
 * The form of a CONNECT (MQTT 5 §3.1). Any other packet passes: it is refused for being another. Null when it is well-formed.
 * Throws `Problem('packet-malformed')`.
 */
export const checkConnectForm = (packet: Buffer): OtherProtocol | null => {
	if (packet[0] !== connect) return null;
	const reader = new WireReader(packet, 1);
	reader.variable();
	const nameAt = reader.at;
	reader.text();
	const name = packet.toString('latin1', nameAt + 2, reader.at);
	const level = reader.byte();
	// [MQTT-3.1.2-1], [MQTT-3.1.2-2]: a client with another protocol version is told so.
	if (name === 'MQIsdp' || (name === 'MQTT' && level !== 4 && level !== 5)) return 'other-protocol';
	if (name !== 'MQTT') throw malformed('it is not MQTT');
	const flags = reader.byte();
	const will = (flags & flag.will) !== 0;
	// [MQTT-3.1.2-3], [MQTT-3.1.2-11] to [MQTT-3.1.2-15]
	if ((flags & flag.reserved) !== 0 || (flags & flag.willQos) === flag.willQos)
		throw malformed('its flags are invalid');
	if (!will && (flags & (flag.willQos | flag.willRetain)) !== 0) throw malformed('its will flags want a will');
	// MQTT 3.1.1 [MQTT-3.1.2-22]
	if (level === 4 && (flags & flag.password) !== 0 && (flags & flag.userName) === 0) {
		throw malformed('it has a password without a user name');
	}
	reader.twoBytes();
	if (level === 5) checkProperties(reader, 'connect');
	reader.text();
	if (will) {
		if (level === 5) checkProperties(reader, 'will');
		// [MQTT-4.7.1-1], [MQTT-4.7.3-1]: a topic name, not a filter.
		const topic = reader.text();
		if (topic.length === 0 || topic.wildcard) throw malformed('its will has no topic name');
		reader.binary();
	}
	if ((flags & flag.userName) !== 0) reader.text();
	if ((flags & flag.password) !== 0) reader.binary();
	reader.done();
	return null;
};
