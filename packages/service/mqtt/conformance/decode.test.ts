import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '@keyward/core';
import fc from 'fast-check';
import { generate, type Packet } from 'mqtt-packet';
import { createDecoder } from '../protocol/decoder.ts';

// What the decoder refuses is held on the wire by the cases; here: what another encoder writes it reads, and nothing makes
// it fail otherwise than by saying that the packet is malformed.

const decode = createDecoder();

const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => !/[#+\0]/.test(text));
const filter = fc.constantFrom('#', '+/a', 'a/b/c', 'a/#');
const user = fc.dictionary(name, name, { minKeys: 1, maxKeys: 3, noNullPrototype: true });

const packets = (version: 4 | 5): fc.Arbitrary<Packet> => {
	const properties = (more: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> =>
		version === 5
			? fc.record({ properties: fc.record({ ...more, userProperties: user }, { requiredKeys: [] }) })
			: fc.constant({});
	const of = (fields: fc.Arbitrary<object>, more: Record<string, fc.Arbitrary<unknown>> = {}): fc.Arbitrary<Packet> =>
		fc.tuple(fields, properties(more)).map(([packet, rest]) => ({ ...packet, ...rest }) as Packet);
	const messageId = fc.integer({ min: 1, max: 65_535 });
	const count = fc.integer({ min: 1, max: 65_535 });
	return fc.oneof(
		of(
			fc.record({
				cmd: fc.constant('connect'),
				protocolId: fc.constant('MQTT'),
				protocolVersion: fc.constant(version),
				clean: fc.constant(true),
				clientId: name,
				keepalive: count,
				username: name,
				password: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
				will: fc.record({
					topic: name,
					payload: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
					qos: fc.constantFrom(0, 1, 2),
					retain: fc.boolean(),
				}),
			}),
			{ sessionExpiryInterval: count, receiveMaximum: count, maximumPacketSize: count, topicAliasMaximum: count },
		),
		of(
			fc.record({
				cmd: fc.constant('publish'),
				topic: name,
				payload: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
				qos: fc.constantFrom(1, 2),
				dup: fc.boolean(),
				retain: fc.boolean(),
				messageId,
			}),
			{ contentType: name, responseTopic: name, messageExpiryInterval: count, topicAlias: count },
		),
		of(fc.record({ cmd: fc.constant('puback'), messageId, reasonCode: fc.constantFrom(0, 0x10, 0x83) })),
		of(
			fc.record({
				cmd: fc.constant('subscribe'),
				messageId,
				subscriptions: fc.array(fc.record({ topic: filter, qos: fc.constantFrom(0, 1, 2) }), { minLength: 1 }),
			}),
			{ subscriptionIdentifier: fc.integer({ min: 1, max: 268_435_455 }) },
		),
		of(fc.record({ cmd: fc.constant('unsubscribe'), messageId, unsubscriptions: fc.array(filter, { minLength: 1 }) })),
		of(fc.record({ cmd: fc.constant('disconnect'), reasonCode: fc.constantFrom(0, 4, 0x93) }), { reasonString: name }),
		fc.constant<Packet>({ cmd: 'pingreq' }),
	);
};

test('what one CONNECT says of its peer is not said of the next', () => {
	const connect = (protocolVersion: 4 | 5) =>
		generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion, clean: true, clientId: 'a', keepalive: 1 });
	// Before a CONNECT a packet is read as one of MQTT 3.1.1, also behind one of level 5: at level 5 this one would lack its properties.
	const subscribe = generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos: 1 }] });
	const last = createDecoder();
	for (const bytes of [connect(5), subscribe, connect(4), connect(5), subscribe]) {
		const packet = last(bytes, 0);
		assert.ok(typeof packet === 'object');
		assert.equal(packet.cmd, bytes === subscribe ? 'subscribe' : 'connect');
		if (packet.cmd === 'connect') assert.equal(packet.protocolVersion, bytes[8]);
	}
	assert.throws(() => last(Buffer.from([0x82, 3, 0, 1, 9]), 0), Problem);
	assert.equal((last(connect(4), 0) as Packet).cmd, 'connect');
});

for (const version of [4, 5] as const) {
	const read = (bytes: Buffer, { cmd }: Packet): string => {
		const packet = decode(bytes, cmd === 'connect' ? 0 : version);
		return typeof packet === 'string' ? packet : packet.cmd;
	};

	test(`what another encoder writes is read, level ${version}`, () => {
		fc.assert(
			fc.property(packets(version), (packet) => {
				assert.equal(read(generate(packet, { protocolVersion: version }), packet), packet.cmd);
			}),
			{ numRuns: 500 },
		);
	});

	test(`of cut and damaged packets it says that they are malformed, and nothing else, level ${version}`, () => {
		fc.assert(
			fc.property(packets(version), fc.nat(), fc.nat(255), fc.boolean(), (packet, place, value, cut) => {
				const bytes = Buffer.from(generate(packet, { protocolVersion: version }));
				const at = place % bytes.length;
				bytes[at] = value;
				try {
					read(cut ? bytes.subarray(0, at + 1) : bytes, packet);
				} catch (error) {
					assert(error instanceof Problem && error.code === 'packet-malformed', String(error));
				}
			}),
			{ numRuns: 500 },
		);
	});
}
