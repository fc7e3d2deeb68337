import assert from 'node:assert/strict';
import { Body, type Properties } from './fields.ts';
import type { Version } from './packet.ts';

// Packets as a server may write them. Reading is strict: whatever a server must not send is an error of the test in
// which it came, so that each rule on what servers send is held by every packet of the whole suite.

export type Answer =
	| { readonly kind: 'connack'; readonly present: boolean; readonly code: number; readonly properties: Properties }
	| {
			readonly kind: 'publish';
			readonly dup: boolean;
			readonly qos: number;
			readonly retain: boolean;
			readonly topic: string;
			/** 0 at QoS 0. */
			readonly identifier: number;
			readonly properties: Properties;
			readonly payload: Buffer;
	  }
	| { readonly kind: 'puback'; readonly identifier: number; readonly code: number; readonly properties: Properties }
	| {
			readonly kind: 'suback';
			readonly identifier: number;
			readonly codes: readonly number[];
			readonly properties: Properties;
	  }
	| {
			readonly kind: 'unsuback';
			readonly identifier: number;
			/** Empty in MQTT 3.1.1. */
			readonly codes: readonly number[];
			readonly properties: Properties;
	  }
	| { readonly kind: 'pingresp' }
	| { readonly kind: 'disconnect'; readonly code: number; readonly properties: Properties };

/**
 * Which properties a server may put where. [MQTT-3.14.2-2]: no Session Expiry Interval in its DISCONNECT;
 * [MQTT-4.12.0-6]: no authentication in CONNACK when none was asked for.
 */
const allowed = {
	connack: [0x11, 0x12, 0x13, 0x1a, 0x1c, 0x1f, 0x21, 0x22, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a],
	publish: [0x01, 0x02, 0x03, 0x08, 0x09, 0x26],
	acknowledgement: [0x1f, 0x26],
	disconnect: [0x1c, 0x1f, 0x26],
} as const;

/** Reason codes that each packet may carry from a server (MQTT 5 §3.2.2.2, §3.4.2.1, §3.9.3, §3.11.3, §3.14.2.1). */
const reasonCodes = {
	connack: [
		0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99, 0x9a, 0x9b,
		0x9c, 0x9d, 0x9f,
	],
	puback: [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99],
	suback: [0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2],
	unsuback: [0x00, 0x11, 0x80, 0x83, 0x87, 0x8f, 0x91],
	disconnect: [
		0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
		0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
	],
} as const;

/** MQTT 3.1.1 §3.9.3. */
const returnCodes311 = [0x00, 0x01, 0x02, 0x80];

const none: Properties = new Map();

const oneOf = (code: number, codes: readonly number[], where: string): number => {
	assert(codes.includes(code), `0x${code.toString(16)} is no code of ${where}`);
	return code;
};

/** Reads one whole packet of a server that speaks `version`; throws an AssertionError for what no server may send. */
export const readAnswer = (packet: Buffer, version: Version): Answer => {
	const first = packet.readUInt8();
	const whole = new Body(packet.subarray(1));
	const body = new Body(whole.take(whole.varint()));
	whole.done();
	const type = first >> 4;
	if (type !== 3) assert.equal(first & 0x0f, 0, 'a reserved flag is set');
	const properties = (ids: readonly number[]): Properties => (version === 5 ? body.properties(ids) : none);
	const answer = readBody(type, first, body, version, properties);
	body.done();
	return answer;
};

const readBody = (
	type: number,
	first: number,
	body: Body,
	version: Version,
	properties: (ids: readonly number[]) => Properties,
): Answer => {
	switch (type) {
		case 2: {
			const flags = body.byte();
			assert(flags <= 1, 'a reserved flag of CONNACK is set');
			const code = body.byte();
			if (version === 5) oneOf(code, reasonCodes.connack, 'CONNACK');
			else assert(code <= 5, `${code} is no return code`);
			assert(code === 0 || flags === 0, 'a session is present though the connection is refused');
			return { kind: 'connack', present: flags === 1, code, properties: properties(allowed.connack) };
		}
		case 3: {
			const qos = (first >> 1) & 3;
			assert(qos < 2, 'more than QoS 1 is sent');
			const dup = (first & 8) !== 0;
			assert(qos === 1 || !dup, 'DUP is set at QoS 0');
			const topic = body.text();
			assert(topic.length > 0 && !/[#+]/.test(topic), 'the topic is no topic name');
			const identifier = qos === 0 ? 0 : body.u16();
			assert(qos === 0 || identifier !== 0, 'the packet identifier is 0');
			const found = properties(allowed.publish);
			const payload = body.take(body.left);
			return { kind: 'publish', dup, qos, retain: (first & 1) !== 0, topic, identifier, properties: found, payload };
		}
		case 4: {
			const identifier = body.u16();
			assert(version === 5 || body.left === 0, 'PUBACK of MQTT 3.1.1 is two bytes');
			const code = body.left > 0 ? oneOf(body.byte(), reasonCodes.puback, 'PUBACK') : 0;
			return {
				kind: 'puback',
				identifier,
				code,
				properties: body.left > 0 ? properties(allowed.acknowledgement) : none,
			};
		}
		case 9:
		case 11: {
			const kind = type === 9 ? 'suback' : 'unsuback';
			const identifier = body.u16();
			const found = properties(allowed.acknowledgement);
			const codes = [...body.take(body.left)];
			for (const code of codes) oneOf(code, version === 5 ? reasonCodes[kind] : returnCodes311, kind);
			assert(version === 5 || kind === 'suback' || codes.length === 0, 'UNSUBACK of MQTT 3.1.1 is two bytes');
			return { kind, identifier, codes, properties: found };
		}
		case 13:
			return { kind: 'pingresp' };
		case 14: {
			assert.equal(version, 5, 'DISCONNECT is not for servers of MQTT 3.1.1');
			const code = body.left > 0 ? oneOf(body.byte(), reasonCodes.disconnect, 'DISCONNECT') : 0;
			return { kind: 'disconnect', code, properties: body.left > 0 ? properties(allowed.disconnect) : none };
		}
		default:
			return assert.fail(`packet type ${type} is not one that this server sends`);
	}
};
