import assert from 'node:assert/strict';
import { packet, u16 } from '../bytes.ts';
import { type Case, mqtt5, versions } from '../case.ts';
import { connect, property, publish, subscribe } from '../packet.ts';
import { nextMoment, reading, senml, topicOf } from '../room.ts';
import { endsSession, rawAnswer, refusesConnect } from './expect.ts';

export const notOffered: readonly Case[] = [
	{
		name: 'QoS 2 ends the connection, and so does any packet of its exchange',
		holds: mqtt5('3.2.2-9', '3.2.2-11', '3.6.1-1'),
		refuses: ['QoS 2'],
		run: async (t, room) => {
			const seat = await room.device(t);
			for (const version of versions) {
				await endsSession(t, room, seat, version, reading(version, seat, { flags: 0x04 }).bytes, [0x9b]);
				for (const first of [0x50, 0x62, 0x70]) {
					await endsSession(t, room, seat, version, packet(first, u16(1)), [0x82]);
				}
			}
		},
	},
	{
		name: 'a topic alias ends the connection',
		holds: mqtt5('3.3.2-8', '3.3.2-9', '3.2.2-18'),
		refuses: ['topic aliases'],
		run: async (t, room) => {
			const seat = await room.device(t);
			for (const alias of [0, 1, 0xffff]) {
				for (const topic of [topicOf(seat), '']) {
					const more = { properties: [property.topicAlias(alias)] };
					// Without a topic name the alias is all there is; either is a reason.
					const codes = topic === '' ? [0x94, 0x82] : [0x94];
					await endsSession(t, room, seat, 5, publish(5, topic, senml(seat, nextMoment()), more), codes);
				}
			}
		},
	},
	{
		name: 'a subscription identifier ends the connection',
		holds: mqtt5('3.3.4-6'),
		refuses: ['subscription identifiers'],
		run: async (t, room) => {
			const reader = await room.reader(t);
			for (const identifier of [1, 268_435_455]) {
				const input = subscribe(5, 1, ['#'], [property.subscriptionIdentifier(identifier)]);
				await endsSession(t, room, reader, 5, input, [0xa1]);
			}
			// 0 identifies nothing, offered or not (§3.8.2.1.2).
			const none = subscribe(5, 1, ['#'], [property.subscriptionIdentifier(0)]);
			await endsSession(t, room, reader, 5, none, [0x82, 0x81, 0xa1]);
			await endsSession(
				t,
				room,
				reader,
				5,
				reading(5, reader, { properties: [property.subscriptionIdentifier(1)] }).bytes,
			);
		},
	},
	{
		name: 'a shared subscription ends the connection; with No Local it is a protocol error besides',
		holds: mqtt5('3.8.3-4'),
		refuses: ['shared subscriptions'],
		run: async (t, room) => {
			const reader = await room.reader(t);
			// MQTT 5 §3.2.2.3.13 asks for DISCONNECT, not for a code in SUBACK.
			await endsSession(t, room, reader, 5, subscribe(5, 1, ['$share/group/hall/#']), [0x9e]);
			await endsSession(t, room, reader, 5, subscribe(5, 1, [['$share/group/#', 0x05]]), [0x82, 0x9e]);
			// MQTT 3.1.1 knows of none: it is a filter that nobody is granted.
			const old = await room.session(t, reader, 4);
			old.send(subscribe(4, 1, ['$share/group/hall/#']));
			assert.deepEqual((await old.next('suback')).codes, [0x80]);
		},
	},
	{
		name: 'an authentication method is refused with CONNECT, and AUTH without one ends the connection',
		holds: mqtt5('4.12.0-1', '4.12.0-6', '4.12.0-7', '3.2.2-6', '3.2.2-7', '3.14.0-1'),
		refuses: ['enhanced authentication'],
		run: async (t, room) => {
			const seat = await room.device(t);
			for (const more of [[], [property.authenticationData('x')]]) {
				const input = connect(5, { properties: [property.authenticationMethod('SCRAM-SHA-256'), ...more] });
				await refusesConnect(await room.peer(t, seat, 5), input, 0x8c, 0x87);
			}
			for (const input of [
				packet(0xf0),
				packet(0xf0, 0x18, 0),
				packet(0xf0, 0x19, [6, property.authenticationMethod('abc')]),
			]) {
				await endsSession(t, room, seat, 5, input, [0x82, 0x81]);
			}
		},
	},
	{
		name: 'a WebSocket handshake is answered by nothing',
		holds: [],
		refuses: ['WebSocket'],
		run: async (t, room) => {
			const seat = await room.device(t);
			const handshake = [
				'GET /mqtt HTTP/1.1',
				'Host: localhost',
				'Connection: Upgrade',
				'Upgrade: websocket',
				'Sec-WebSocket-Version: 13',
				'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
				'Sec-WebSocket-Protocol: mqtt',
				'',
				'',
			].join('\r\n');
			assert.equal((await rawAnswer(t, room, seat, Buffer.from(handshake))).length, 0);
		},
	},
];
