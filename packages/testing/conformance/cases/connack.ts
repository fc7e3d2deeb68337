import assert from 'node:assert/strict';
import { type Case, mqtt311, mqtt5 } from '../case.ts';
import { connect, property, publish, subscribe, unsubscribe } from '../packet.ts';
import { nextMoment, reading, senml, timeIn, topicOf } from '../room.ts';

/** Bytes of the user property `time` in CONNACK (MQTT 5 §3.2.2.3.10). */
const serviceTime = 1 + 2 + 'time'.length + 2 + new Date(0).toISOString().length;

export const connack: readonly Case[] = [
	{
		name: 'CONNACK says what is not available, and nothing that was not asked for',
		holds: [
			...mqtt5('3.2.2-1', '3.2.2-8', '3.2.2-9', '3.1.2-28', '4.12.0-6', '3.1.4-5', '3.2.2-20'),
			...mqtt311('3.1.4-4', '3.2.2-1'),
		],
		run: async (t, room) => {
			const seat = await room.device(t);
			for (const asked of [0, 1]) {
				const { connack } = await room.session(t, seat, 5, {
					properties: [property.requestResponseInformation(asked)],
				});
				const said = (id: number): unknown => connack.properties.get(id)?.[0];
				assert.equal(connack.present, false);
				assert.equal(said(0x24), 1, 'Maximum QoS');
				assert.equal(said(0x22) ?? 0, 0, 'Topic Alias Maximum');
				assert.equal(said(0x29), 0, 'Subscription Identifiers Available');
				assert.equal(said(0x2a), 0, 'Shared Subscription Available');
				assert.notEqual(said(0x28), 0, 'Wildcard Subscription Available');
				assert(Number(said(0x21)) > 0, 'Receive Maximum');
				assert(Number(said(0x27)) > 0, 'Maximum Packet Size');
				if (asked === 0) assert.equal(said(0x1a), undefined, 'Response Information');
			}
			const { connack } = await room.session(t, seat, 4);
			assert.deepEqual([connack.present, connack.code], [false, 0]);
		},
	},
	{
		name: 'a client that takes no problem information is sent none with its acknowledgements',
		holds: mqtt5('3.1.2-29', '3.4.2-1'),
		run: async (t, room) => {
			const seat = await room.device(t);
			const session = await room.session(t, seat, 5, { properties: [property.requestProblemInformation(0)] });
			session.send(publish(5, 'not/my/stream', 'x'));
			const refused = await session.next('puback');
			assert.deepEqual([refused.code, refused.properties.size], [0x87, 0]);
			session.send(subscribe(5, 2, ['nobody/may/read', 'a/b/c/d/e/f/g/h/i']));
			assert.equal((await session.next('suback')).properties.size, 0);
			// Without that wish a refusal says why.
			const curious = await room.session(t, seat, 5);
			curious.send(publish(5, 'not/my/stream', 'x'));
			assert.equal(typeof (await curious.next('puback')).properties.get(0x1f)?.[0], 'string');
		},
	},
	{
		name: 'nothing that is sent exceeds the Maximum Packet Size of the client: reasons are left out',
		holds: mqtt5(
			'3.1.2-24',
			'3.2.2-19',
			'3.2.2-20',
			'3.4.2-2',
			'3.4.2-3',
			'3.9.2-1',
			'3.9.2-2',
			'3.11.2-1',
			'3.11.2-2',
			'3.14.2-3',
			'3.14.2-4',
		),
		run: async (t, room) => {
			const seat = await room.device(t);
			const most = 60;
			const small = [property.maximumPacketSize(most)];
			const session = await room.session(t, seat, 5, { properties: small });
			session.send(publish(5, 'not/my/stream', 'x'), publish(5, topicOf(seat), '{', { identifier: 2 }));
			assert.equal((await session.next('puback')).code, 0x87);
			assert.equal((await session.next('puback')).code, 0x99);
			session.send(publish(5, 'a', 'x', { flags: 0x06 }));
			await session.cut(0x81, 0x82);
			// A refused CONNECT: it fails on authentication, which is no fault of its form.
			const refused = await room.peer(t, seat, 5);
			refused.send(
				connect(5, { properties: [property.maximumPacketSize(20), property.authenticationMethod('SCRAM-SHA-256')] }),
			);
			await refused.ended();
			for (const one of session.raw) assert(one.length <= most, `${one.length} bytes came`);
			for (const one of refused.raw) assert(one.length <= 20, `${one.length} bytes came`);
		},
	},
	{
		name: 'an answer that cannot be made small enough for its client is not sent, and ends the connection',
		holds: mqtt5('3.1.2-24', '3.2.2-19', '3.9.2-1', '3.11.2-1', '3.14.2-3'),
		run: async (t, room) => {
			const [seat, reader] = [await room.device(t), await room.reader(t)];
			/** What an accepted CONNECT is answered with, without the user property `time`, which gives way first. */
			const full = ((await room.session(t, reader, 5)).raw[0]?.length ?? 0) - serviceTime;
			assert(full > 20);
			// A CONNACK that accepts, one byte too large; at its size, one is taken.
			const peer = await room.peer(t, seat, 5);
			peer.send(connect(5, { clientId: seat.id, properties: [property.maximumPacketSize(full - 1)] }));
			assert.deepEqual([await peer.ended(), peer.raw], [[], []]);
			const fits = [property.maximumPacketSize(full)];
			await (await room.session(t, seat, 5, { properties: fits })).stands();
			// SUBACK and UNSUBACK have a byte for each filter, which no reason string leaves room for.
			const most = full + 7;
			for (const ask of [subscribe, unsubscribe]) {
				for (const [count, fitting] of [
					[most - 5, true],
					[most - 4, false],
				] as const) {
					const desk = await room.session(t, reader, 5, { properties: [property.maximumPacketSize(most)] });
					desk.send(
						ask(
							5,
							1,
							Array.from({ length: count }, (_, index) => `hall/ghost-${index}/state`),
						),
					);
					if (fitting) {
						await desk.next(ask === subscribe ? 'suback' : 'unsuback');
						await desk.stands();
						assert.equal(desk.raw[1]?.length, most);
					} else {
						await desk.cut(0x95);
						assert.equal(desk.raw.length, 2, 'DISCONNECT alone came');
					}
					for (const one of desk.raw) assert(one.length <= most, `${one.length} bytes came`);
				}
			}
		},
	},
	{
		name: 'a message too large for a client is dropped as if it had been delivered',
		holds: mqtt5('3.1.2-24', '3.1.2-25'),
		run: async (t, room) => {
			const [seat, reader] = [await room.device(t), await room.reader(t)];
			// Without room for any delivery of this stream, and with room for one at a time.
			const desk = await room.session(t, reader, 5, {
				properties: [property.maximumPacketSize(110), property.receiveMaximum(1)],
			});
			desk.send(subscribe(5, 1, [[topicOf(seat, 'state'), 0x21]]));
			await desk.next('suback');
			const device = await room.session(t, seat, 5);
			for (const identifier of [1, 2, 3]) {
				const long = [{ n: `${seat.id}/state`, u: '/', t: nextMoment() / 1000, vs: 'x'.repeat(200) }];
				device.send(publish(5, topicOf(seat, 'state'), JSON.stringify(long), { identifier }));
				assert.equal((await device.next('puback')).code, 0);
			}
			await desk.stands();
			const fits = reading(5, seat, { stream: 'state' });
			device.send(fits.bytes);
			await device.next('puback');
			assert.equal(timeIn(await desk.next('publish')), fits.time);
			for (const one of desk.raw) assert(one.length <= 110);
		},
	},
	{
		name: 'the Receive Maximum and Maximum Packet Size of the service: a client that exceeds them is told',
		holds: mqtt5('3.2.2-15', '3.3.4-7'),
		run: async (t, room) => {
			const seat = await room.device(t);
			const session = await room.session(t, seat, 5);
			const largest = Number(session.connack.properties.get(0x27)?.[0]);
			session.send(publish(5, topicOf(seat), Buffer.alloc(largest, 0x20)));
			await session.cut(0x95);
			const eager = await room.session(t, seat, 5);
			const most = Number(eager.connack.properties.get(0x21)?.[0]);
			const flood = Array.from({ length: most * 2 }, (_, index) =>
				publish(5, topicOf(seat), senml(seat, nextMoment()), { identifier: index + 1 }),
			);
			eager.send(...flood);
			// Acknowledged fast enough, it never was too many at once.
			for (let acknowledged = 0; acknowledged < flood.length; acknowledged++) {
				const answer = await eager.any();
				if (answer?.kind === 'puback') continue;
				assert(answer?.kind === 'disconnect', `${answer?.kind}`);
				assert.equal(answer.code, 0x93);
				await eager.ended();
				break;
			}
		},
	},
];
