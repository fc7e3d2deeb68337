import type { Bytes } from '@keyward/core';
import { checkProperties } from './properties.ts';
import { malformed, WireReader } from './wire-reader.ts';

/** Topic filters of one SUBSCRIBE or UNSUBSCRIBE. */
export const maxFilters = 64;

/**
 * CR 7.1: a SUBSCRIBE or UNSUBSCRIBE with more filters than are taken. It is told by counting, before any of them is looked
 * at: three bytes of packet ask for a look at every stream.
 */
export interface TooMany {
	readonly cmd: 'too-many-filters';
	readonly of: 'subscribe' | 'unsubscribe';
	readonly messageId: number;
	readonly filters: number;
	readonly length: Bytes;
}

const names = { puback: 4, subscribe: 8, unsubscribe: 10, pingreq: 12, disconnect: 14 } as const;

/**
 * The form of a packet other than PUBLISH that a connected client sends, before its content is read: every field where it belongs, nothing
 * too short, too long, twice or unknown (MQTT 5 §4.13). The parser behind this reads whatever it can, and what two readers
 * take for two things is what gets past the checks of one. Null when it may be read; throws `Problem('packet-malformed')`.
 */
export const checkForm = (packet: Buffer, version: 4 | 5): TooMany | null => {
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
			break;
		case names.subscribe:
			return checkFilters(reader, version, 'subscribe');
		case names.unsubscribe:
			return checkFilters(reader, version, 'unsubscribe');
		case names.pingreq:
			break;
		case names.disconnect:
			if (version === 5 && reader.at < reader.end) {
				reader.byte();
				if (reader.at < reader.end) checkProperties(reader, 'disconnect');
			}
			break;
		default:
			// No other is taken, whatever its form.
			return null;
	}
	reader.done();
	return null;
};

const checkFilters = (reader: WireReader, version: 4 | 5, of: TooMany['of']): TooMany | null => {
	const messageId = reader.twoBytes();
	if (version === 5) checkProperties(reader, of);
	let filters = 0;
	for (; reader.at < reader.end; filters++) {
		// [MQTT-4.7.3-1], [MQTT-4.7.1-1], [MQTT-4.7.1-2]
		reader.filter();
		if (of === 'unsubscribe') continue;
		const options = reader.byte();
		// [MQTT-3.8.3-5], [MQTT-3-8.3-4] of MQTT 3.1.1: reserved bits, and a QoS or Retain Handling of 3.
		const reserved = version === 5 ? 0xc0 : 0xfc;
		if ((options & reserved) !== 0 || (options & 3) === 3 || (options & 0x30) === 0x30) {
			throw malformed('its subscription options are invalid');
		}
	}
	return filters > maxFilters ? { cmd: 'too-many-filters', of, messageId, filters, length: reader.end } : null;
};
