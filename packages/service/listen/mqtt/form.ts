import { checkProperties } from './properties.ts';
import { malformed, WireReader } from './wire-reader.ts';

const names = { puback: 4, subscribe: 8, unsubscribe: 10, pingreq: 12, disconnect: 14 } as const;

/**
 * The form of a packet other than PUBLISH that a connected client sends, before its content is read: every field where it belongs, nothing
 * too short, too long, twice or unknown (MQTT 5 §4.13). The parser behind this reads whatever it can, and what two readers
 * take for two things is what gets past the checks of one. Throws `Problem('packet-malformed')`.
 */
export const checkForm = (packet: Buffer, version: 4 | 5): void => {
	const first = packet[0] ?? 0;
	const reader = new WireReader(packet, 1);
	reader.variable();
	switch (first >> 4) {
		case names.puback:
			reader.twoBytes();
			if (version === 5 && reader.at < reader.end) {
				reader.byte();
				if (reader.at < reader.end) checkProperties(reader, 'puback');
			}
			return reader.done();
		case names.subscribe:
			reader.twoBytes();
			if (version === 5) checkProperties(reader, 'subscribe');
			while (reader.at < reader.end) {
				reader.text();
				const options = reader.byte();
				// [MQTT-3.8.3-5], [MQTT-3-8.3-4] of MQTT 3.1.1: reserved bits, and a QoS or Retain Handling of 3.
				const reserved = version === 5 ? 0xc0 : 0xfc;
				if ((options & reserved) !== 0 || (options & 3) === 3 || (options & 0x30) === 0x30) {
					throw malformed('its subscription options are none');
				}
			}
			return;
		case names.unsubscribe:
			reader.twoBytes();
			if (version === 5) checkProperties(reader, 'unsubscribe');
			while (reader.at < reader.end) reader.text();
			return;
		case names.pingreq:
			return reader.done();
		case names.disconnect:
			if (version === 5 && reader.at < reader.end) {
				reader.byte();
				if (reader.at < reader.end) checkProperties(reader, 'disconnect');
			}
			return reader.done();
		default:
		// No other is taken, whatever its form.
	}
};
