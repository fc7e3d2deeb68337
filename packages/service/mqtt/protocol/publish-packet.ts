import type { Bytes } from '@keyward/core';
import { checkProperties } from './properties.ts';
import { malformed, WireReader } from './wire-reader.ts';

/** A PUBLISH (MQTT 5 §3.3, MQTT 3.1.1 §3.3) of a peer, as far as this server reads it. */
export interface Publish {
	readonly cmd: 'publish';
	readonly qos: 0 | 1 | 2;
	readonly retain: boolean;
	readonly topic: string;
	/** The topic holds a wildcard. */
	readonly wildcard: boolean;
	/** Packet identifier; absent with QoS 0. */
	readonly messageId?: number;
	/** It has a topic alias. */
	readonly aliased: boolean;
	/** A view into what was received. */
	readonly payload: Buffer;
	/** Of the whole packet. */
	readonly length: Bytes;
}

/** The RETAIN flag (MQTT 5 §3.3.1.3), as records carry it to anyone who follows. */
export const RETAIN = 1;

const topicAlias = 0x23;

/** Reads a PUBLISH whole: nearly every packet is one, and a second walk through it costs more than this. Throws `Problem('packet-malformed')`. */
export const readPublish = (packet: Buffer, version: 4 | 5): Publish => {
	const first = packet[0] ?? 0;
	const reader = new WireReader(packet, 1);
	reader.variable();
	const qos = (first >> 1) & 3;
	// [MQTT-3.3.1-2], [MQTT-3.3.1-4]
	if (qos === 3 || (qos === 0 && (first & 8) !== 0)) throw malformed('its flags contradict each other');
	const { length, wildcard } = reader.text();
	const topic = packet.toString('utf8', reader.at - length, reader.at);
	const messageId = qos > 0 ? reader.twoBytes() : undefined;
	const aliased = version === 5 && checkProperties(reader, 'publish').has(topicAlias);
	return {
		cmd: 'publish',
		qos: qos as 0 | 1 | 2,
		retain: (first & 1) !== 0,
		topic,
		wildcard,
		...(messageId !== undefined && { messageId }),
		aliased,
		payload: packet.subarray(reader.at),
		length: packet.length,
	};
};
