import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { bytes, field, hex, packet, u16 } from '../bytes.ts';
import { type Case, mqtt311, mqtt5, versions } from '../case.ts';
import {
	connect,
	disconnect,
	pingreq,
	property,
	puback,
	publish,
	subscribe,
	unsubscribe,
	type Version,
} from '../packet.ts';
import type { Peer } from '../peer.ts';
import { nextMoment, type Seat, senml, topicOf } from '../room.ts';
import { broken, endsConnect, endsSession } from './expect.ts';

/** What a device may say again and again with the same answers: PUBACK, SUBACK, UNSUBACK and PINGRESP. */
const conversation = (version: Version, seat: Seat, time: number): Buffer =>
	bytes(
		publish(version, topicOf(seat), senml(seat, time), {
			identifier: 0x1234,
			properties: [property.userProperty('a', 'b'), property.contentType('application/senml+json')],
		}),
		subscribe(version, 2, ['nobody/may/read']),
		unsubscribe(version, 3, ['nobody/may/read']),
		puback(77),
		pingreq,
	);

/** The next answers, whose order across kinds is not promised. */
/** The time of the service in CONNACK: the user property `time`, which is another each time. */
const serviceTime = /26000474696d650018[0-9a-f]{48}/;

const answers = async (peer: Peer, count: number): Promise<string[]> => {
	for (let one = 0; one < count; one++) assert.notEqual(await peer.any(), null);
	return peer.raw
		.splice(0)
		.map((one) => one.toString('hex').replace(serviceTime, ''))
		.toSorted();
};

/** Packets that a client may send in a session, with the flags that they must have. */
const clientPackets = (version: Version, seat: Seat): readonly Buffer[] => [
	puback(1),
	subscribe(version, 1, ['#']),
	unsubscribe(version, 1, ['#']),
	pingreq,
	disconnect(),
	packet(0x50, u16(1)),
	packet(0x62, u16(1)),
	packet(0x70, u16(1)),
	...(version === 5 ? [packet(0xf0)] : []),
	connect(version, { clientId: seat.id }),
];

export const framing: readonly Case[] = [
	{
		name: 'reserved flags of every packet type end the connection when they are wrong',
		holds: [
			...mqtt5('2.1.3-1', '3.6.1-1', '3.8.1-1', '3.10.1-1', '3.14.1-1', '3.15.1-1', '4.13.1-1', '4.13.2-1'),
			...mqtt311('2.2.2-1', '2.2.2-2', '3.6.1-1', '3.8.1-1', '3.10.1-1', '3.14.1-1', '4.8.0-1'),
		],
		run: async (t, room) => {
			const seat = await room.device(t);
			for (const version of versions) {
				for (const good of clientPackets(version, seat)) {
					const right = good.readUInt8() & 0x0f;
					for (const flags of [0x0, 0x1, 0x2, 0x3, 0x8, 0xf]) {
						if (flags === right) continue;
						const bad = Buffer.from(good);
						bad[0] = (bad.readUInt8() & 0xf0) | flags;
						await endsSession(t, room, seat, version, bad);
					}
				}
				for (const flags of [0x1, 0x8, 0xf]) {
					const bad = connect(version);
					bad[0] = 0x10 | flags;
					await endsConnect(t, room, seat, version, bad);
				}
			}
		},
	},
	{
		name: 'packet types that do not exist, or that only servers send, end the connection',
		holds: [...mqtt5('2.1.3-1', '4.13.1-1'), ...mqtt311('4.8.0-1')],
		run: async (t, room) => {
			const seat = await room.device(t);
			for (const version of versions) {
				const foreign = [
					packet(0x00),
					packet(0x20, 0, 0, version === 5 ? 0 : []),
					packet(0x90, u16(1), version === 5 ? 0 : [], 0),
					packet(0xb0, u16(1), version === 5 ? [0, 0] : []),
					packet(0xd0),
				];
				if (version === 4) foreign.push(packet(0xf0));
				for (const input of foreign) await endsSession(t, room, seat, version, input);
			}
		},
	},
	{
		name: 'a remaining length of five bytes ends the connection, one of more bytes than needed is never misread',
		holds: [...mqtt5('1.5.5-1', '4.13.1-1'), ...mqtt311('4.8.0-1')],
		run: async (t, room) => {
			const seat = await room.device(t);
			for (const version of versions) {
				await endsSession(t, room, seat, version, hex('30 80 80 80 80 01'));
				await endsSession(t, room, seat, version, hex('c0 ff ff ff ff 7f'));
				// PINGREQ with length 0 in two bytes: answered as what it is, or refused.
				const session = await room.session(t, seat, version);
				session.send(hex('c0 80 00'), pingreq);
				const first = await session.any();
				assert(first === null || first.kind === 'disconnect' || first.kind === 'pingresp', first?.kind);
				if (first?.kind === 'pingresp') await session.next('pingresp');
				else assert.deepEqual(await session.ended(), []);
			}
		},
	},
	{
		name: 'a property length of more bytes than needed, or beyond its packet, is never misread',
		holds: mqtt5('1.5.5-1', '4.13.1-1'),
		run: async (t, room) => {
			const seat = await room.device(t);
			const topic = field(topicOf(seat));
			for (const length of [hex('ff ff ff ff 01'), hex('7f'), hex('ff ff 7f'), hex('80')]) {
				await endsSession(t, room, seat, 5, packet(0x32, topic, u16(1), length));
			}
			await endsConnect(
				t,
				room,
				seat,
				5,
				packet(0x10, field('MQTT'), 5, 2, u16(0), hex('30 11 00 00 00 00'), field('a')),
			);
		},
	},
	{
		name: 'bodies that go on, or stop, where they must not end the connection',
		holds: [...mqtt5('4.13.1-1'), ...mqtt311('4.8.0-1')],
		run: async (t, room) => {
			const seat = await room.device(t);
			for (const version of versions) {
				const inputs = [
					packet(0xc0, 0),
					packet(0x40, 1),
					packet(0x40),
					packet(0x30),
					packet(0x30, 0, 9, 'abc'),
					packet(0x32, field('a'), 1),
					...(version === 4 ? [packet(0x40, u16(1), 0), packet(0xe0, 0)] : []),
				];
				for (const input of inputs) await endsSession(t, room, seat, version, input);
				for (const whole of [subscribe(version, 1, ['a/b/c']), unsubscribe(version, 1, ['a/b/c'])]) {
					const body = whole.subarray(2);
					for (let length = 0; length < body.length; length++) {
						await endsSession(t, room, seat, version, packet(whole.readUInt8(), body.subarray(0, length)));
					}
				}
			}
		},
	},
	{
		name: 'a CONNECT that is shorter or longer than its fields is not accepted',
		holds: [
			...mqtt5('3.1.4-1', '3.1.3-1', '3.1.3-3', '3.1.2-9', '3.1.2-17', '3.1.2-19'),
			...mqtt311('3.1.4-1', '3.1.3-1', '3.1.3-3', '3.1.2-9', '3.1.2-19', '3.1.2-21'),
		],
		run: async (t, room) => {
			const seat = await room.device(t);
			for (const version of versions) {
				const fields = {
					clientId: 'c',
					will: { topic: topicOf(seat), payload: senml(seat, nextMoment()) },
					userName: 'u',
					password: 'p',
				};
				const body = connect(version, fields).subarray(2);
				const lengths = Array.from({ length: body.length }, (_, length) => length);
				// The will's payload is long, and cut anywhere the same.
				for (const length of lengths.filter((at) => at < 45 || at % 16 === 0 || at > body.length - 8)) {
					await endsConnect(t, room, seat, version, packet(0x10, body.subarray(0, length)));
				}
				await endsConnect(t, room, seat, version, connect(version, { trailing: 0 }));
				await endsConnect(t, room, seat, version, connect(version, { ...fields, trailing: field('more') }));
			}
		},
	},
	{
		name: 'however packets are cut into segments, they are answered alike',
		holds: [...mqtt5('4.2.0-1'), ...mqtt311('7.1.1-1')],
		run: async (t, room) => {
			const seat = await room.device(t);
			for (const version of versions) {
				const hello = connect(version, { keepAlive: 60, userName: 'anybody', clientId: 'split' });
				const talk = conversation(version, seat, nextMoment());
				const one = await room.peer(t, seat, version);
				one.send(hello, talk);
				const whole = await answers(one, 5);
				assert.equal(whole.length, 5);
				// Every byte alone.
				const slow = await room.peer(t, seat, version);
				for (const byte of bytes(hello, talk)) slow.send(Buffer.from([byte]));
				assert.deepEqual(await answers(slow, 5), whole, 'one byte at a time');
				// In two, at every other boundary, those between them in the other version: CONNECT on separate connections, the rest on one.
				const first = version === 4 ? 1 : 2;
				for (let at = first; at < hello.length; at += 2) {
					const peer = await room.peer(t, seat, version);
					peer.send(hello.subarray(0, at));
					await nextTurn();
					peer.send(hello.subarray(at), talk);
					assert.deepEqual(await answers(peer, 5), whole, `CONNECT cut at ${at}`);
				}
				const last = await room.peer(t, seat, version);
				last.send(hello, talk);
				assert.deepEqual(await answers(last, 5), whole);
				let times = 0;
				for (let at = first; at < talk.length; at += 2) {
					times++;
					last.send(talk.subarray(0, at));
					await nextTurn();
					last.send(talk.subarray(at));
				}
				const rest = whole.filter((answer) => !answer.startsWith('20'));
				assert.deepEqual(
					await answers(last, rest.length * times),
					rest.flatMap((answer) => Array.from({ length: times }, () => answer)),
				);
			}
		},
	},
	{
		name: 'what is begun and not finished is waited for no longer than the patience of the service',
		holds: [...mqtt5('4.13.1-1'), ...mqtt311('4.8.0-1')],
		run: async (t, room) => {
			const [silent, slow, half] = [await room.device(t), await room.device(t), await room.device(t)];
			const unfinished = await room.session(t, half, 5);
			unfinished.send(publish(5, topicOf(half), senml(half, nextMoment())).subarray(0, 30));
			const begun = await room.peer(t, slow, 4);
			begun.send(connect(4).subarray(0, 9));
			const nothing = await room.peer(t, silent, 5);
			const [first, second] = await Promise.all([begun.ended(), nothing.ended(), unfinished.cut(...broken)]);
			assert.deepEqual([first, second], [[], []]);
		},
	},
];
