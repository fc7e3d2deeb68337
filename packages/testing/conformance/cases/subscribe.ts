import assert from 'node:assert/strict';
import { field, packet, u16 } from '../bytes.ts';
import { type Case, mqtt311, mqtt5, versions } from '../case.ts';
import { properties, property, puback, subscribe } from '../packet.ts';
import { collect, reading, timeIn, topicOf } from '../room.ts';
import { endsSession } from './expect.ts';

export const subscribing: readonly Case[] = [
	{
		name: 'SUBACK has one code for each filter, in order, and the identifier of its SUBSCRIBE',
		holds: [
			...mqtt5('2.2.1-6', '3.2.2-10', '3.8.4-1', '3.8.4-2', '3.8.4-5', '3.8.4-6', '3.8.4-7', '3.9.3-1', '3.9.3-2'),
			...mqtt311('2.3.1-7', '3.8.4-1', '3.8.4-2', '3.8.4-4', '3.8.4-5', '3.9.3-1', '3.9.3-2'),
		],
		run: async (t, room) => {
			const reader = await room.reader(t);
			for (const version of versions) {
				const desk = await room.session(t, reader, version);
				const refused = version === 5 ? 0x87 : 0x80;
				desk.send(
					subscribe(version, 0xabcd, [
						['hall/ghost/dose-rate', 0],
						['other/ghost/dose-rate', 1],
						['hall/ghost/dose-rate/more', 1],
						['hall/+/state', 2],
						['#', 1],
						['hall/ghost/state', 0],
					]),
					subscribe(version, 1, ['+/+/+']),
				);
				const first = await desk.next('suback');
				assert.deepEqual([first.identifier, first.codes], [0xabcd, [0, refused, refused, 1, 1, 0]]);
				const second = await desk.answer();
				assert.deepEqual(second, { kind: 'suback', identifier: 1, codes: [1], properties: new Map() });
			}
		},
	},
	{
		name: 'SUBSCRIBE without filters, without an identifier or with reserved bits ends the connection',
		holds: [
			...mqtt5('3.8.3-2', '3.8.3-5', '2.2.1-3', '3.8.1-1', '4.13.1-1'),
			...mqtt311('3.8.3-3', '3.8.3-4', '2.3.1-1', '3.8.1-1', '4.8.0-1'),
		],
		run: async (t, room) => {
			const reader = await room.reader(t);
			for (const version of versions) {
				const wrong = [
					subscribe(version, 1, []),
					subscribe(version, 0, ['#']),
					packet(0x82, u16(1), properties(version), field('#')),
					...[0x03, 0x40, 0x80, 0xc0].map((options) => subscribe(version, 1, [['#', options]])),
					// What MQTT 5 gave a meaning is reserved in MQTT 3.1.1; Retain Handling 3 is nothing.
					...(version === 4 ? [0x04, 0x08, 0x10, 0x20] : [0x30, 0x31]).map((options) =>
						subscribe(version, 1, [['#', options]]),
					),
					subscribe(version, 1, ['hall/ghost/state', ['#', 0x80]]),
				];
				for (const input of wrong) await endsSession(t, room, reader, version, input);
			}
			for (const more of [
				[[0x7f, 0]],
				[property.topicAlias(1)],
				[property.reasonString('x')],
				[property.messageExpiry(1)],
			]) {
				await endsSession(t, room, reader, 5, subscribe(5, 1, ['#'], more));
			}
		},
	},
	{
		name: 'a malformed filter ends the connection',
		holds: [...mqtt5('4.7.1-1', '4.7.1-2', '4.7.3-1'), ...mqtt311('4.7.1-2', '4.7.1-3', '4.7.3-1')],
		run: async (t, room) => {
			const reader = await room.reader(t);
			for (const version of versions) {
				for (const filter of ['', 'hall#', 'hall/#/state', '#/#', '##', 'hall+', '+hall/#', 'hall/+x/state', '++']) {
					const desk = await room.session(t, reader, version);
					desk.send(subscribe(version, 1, [filter]));
					const answer = await desk.any();
					if (version === 5) assert(answer?.kind === 'disconnect' && [0x81, 0x82].includes(answer.code), filter);
					else assert.equal(answer, null, filter);
				}
			}
		},
	},
	{
		name: 'wildcards match whole levels, and what is delivered matches',
		holds: [
			...mqtt5('3.3.2-3', '4.7.1-1', '4.7.1-2', '4.7.3-3', '4.5.0-1'),
			...mqtt311('3.3.2-3', '4.7.1-2', '4.7.1-3', '4.7.3-3', '4.5.0-1'),
		],
		run: async (t, room) => {
			const [seat, reader] = [await room.device(t), await room.reader(t)];
			const device = await room.session(t, seat, 5);
			for (const version of versions) {
				for (const [filter, streams] of [
					[`hall/${seat.id}/dose-rate`, ['dose-rate']],
					[`hall/${seat.id}/+`, ['dose-rate', 'state']],
					[`hall/${seat.id}/#`, ['dose-rate', 'state']],
					[`hall/${seat.id}/dose-rate/#`, ['dose-rate']],
					[`+/${seat.id}/state`, ['state']],
					['hall/+/state', ['state']],
					['#', ['dose-rate', 'state']],
					['+/+/+', ['dose-rate', 'state']],
				] as const) {
					const desk = await room.follower(t, reader, version, [[filter, 0]]);
					for (const [index, stream] of (['dose-rate', 'state'] as const).entries()) {
						device.send(reading(5, seat, { stream, identifier: index + 1 }).bytes);
						assert.equal((await device.next('puback')).code, 0);
					}
					const own = await collect(desk, streams.length, ({ topic }) => topic.includes(`/${seat.id}/`), 100);
					assert.deepEqual(
						own.map(({ topic }) => topic).toSorted(),
						streams.map((stream) => topicOf(seat, stream)),
						filter,
					);
				}
				const desk = await room.session(t, reader, version);
				desk.send(subscribe(version, 1, ['x'.repeat(65_535), `hall/${seat.id}/+/+`, '+/+']));
				// Correctly formed, and longer than is taken; the others are nobody's right.
				const refused = version === 5 ? [0x8f, 0x87, 0x87] : [0x80, 0x80, 0x80];
				assert.deepEqual((await desk.next('suback')).codes, refused);
			}
		},
	},
	{
		name: 'the same filter again replaces its subscription, and nothing is lost or doubled',
		holds: [...mqtt5('3.8.4-3', '3.8.4-4'), ...mqtt311('3.8.4-3')],
		run: async (t, room) => {
			for (const version of versions) {
				const [seat, reader] = [await room.device(t), await room.reader(t)];
				const device = await room.session(t, seat, 5);
				const desk = await room.follower(t, reader, version, [[topicOf(seat), 1]]);
				const sent: number[] = [];
				for (let identifier = 1; identifier <= 20; identifier++) {
					const { time, bytes } = reading(5, seat, { identifier });
					sent.push(time);
					device.send(bytes);
					if (identifier % 5 === 0) {
						desk.send(subscribe(version, identifier, [[topicOf(seat), version === 5 ? 0x20 : 0]]));
						await device.next('puback');
					} else await device.next('puback');
				}
				const came = await collect(desk, sent.length, ({ retain }) => !retain);
				assert.deepEqual(came.map(timeIn), sent);
				const last = reading(5, seat);
				device.send(last.bytes);
				const delivery = await desk.next('publish');
				assert.deepEqual([timeIn(delivery), delivery.qos], [last.time, 0], 'the newer QoS counts');
			}
		},
	},
	{
		name: 'of overlapping subscriptions the highest QoS counts, and a stored reading is sent at the QoS granted',
		holds: [...mqtt5('3.3.4-2', '3.8.4-8', '4.3.1-1'), ...mqtt311('3.3.5-1', '3.8.4-6', '4.3.1-1')],
		run: async (t, room) => {
			for (const version of versions) {
				const [seat, one, two] = [await room.device(t), await room.reader(t), await room.reader(t)];
				const device = await room.session(t, seat, 5);
				const both = await room.follower(t, one, version, [
					[`hall/${seat.id}/#`, 0],
					[topicOf(seat), 1],
					[`+/${seat.id}/+`, 0],
				]);
				const low = await room.follower(t, two, version, [[topicOf(seat), 0]]);
				for (const flags of [0x02, 0x00]) {
					const { time, bytes } = reading(5, seat, { flags });
					device.send(bytes);
					const high = await collect(both, 1);
					assert.deepEqual(
						high.map((delivery) => [timeIn(delivery), delivery.qos]),
						[[time, 1]],
					);
					for (const { identifier } of high) both.send(puback(identifier));
					const delivery = await low.next('publish');
					assert.deepEqual([timeIn(delivery), delivery.qos, delivery.identifier], [time, 0, 0]);
				}
			}
		},
	},
	{
		name: 'No Local is taken; a device never hears its own messages anyway',
		holds: mqtt5('3.8.3-3'),
		run: async (t, room) => {
			const [seat, reader] = [await room.device(t), await room.reader(t)];
			const desk = await room.follower(t, reader, 5, [[topicOf(seat), 0x25]]);
			const device = await room.session(t, seat, 5);
			device.send(subscribe(5, 1, [[topicOf(seat), 0x05]]), subscribe(5, 2, [[topicOf(seat), 0x01]]));
			assert.deepEqual((await device.next('suback')).codes, [0x87]);
			assert.deepEqual((await device.next('suback')).codes, [0x87]);
			const { time, bytes } = reading(5, seat);
			device.send(bytes);
			await device.next('puback');
			assert.equal(timeIn(await desk.next('publish')), time);
			assert.deepEqual(await device.hear(), []);
		},
	},
];
