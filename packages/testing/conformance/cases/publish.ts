import assert from 'node:assert/strict';
import type { Part } from '../bytes.ts';
import { type Case, mqtt311, mqtt5, versions } from '../case.ts';
import { connect, property, publish, subscribe } from '../packet.ts';
import { collect, nextMoment, reading, senml, timeIn, topicOf } from '../room.ts';
import { endsSession } from './expect.ts';

/** Property identifiers that a message of one's own could carry to its readers. */
const contentType = 0x03;

export const publishing: readonly Case[] = [
	{
		name: 'PUBLISH is answered by its QoS, in order, with its own identifier',
		holds: [
			...mqtt5('2.2.1-2', '2.2.1-5', '3.3.4-1', '3.4.2-1', '4.3.2-4', '4.3.2-5'),
			...mqtt311('2.3.1-5', '2.3.1-6', '3.3.4-1', '4.3.2-2'),
		],
		run: async (t, room) => {
			for (const version of versions) {
				const [seat, reader] = [await room.device(t), await room.reader(t)];
				const desk = await room.follower(t, reader, 5, [topicOf(seat)]);
				const device = await room.session(t, seat, version);
				const sent = [0xffff, 1, 0x8000, 300].map((identifier) => reading(version, seat, { identifier }));
				device.send(reading(version, seat, { flags: 0 }).bytes, ...sent.map(({ bytes }) => bytes));
				for (const identifier of [0xffff, 1, 0x8000, 300]) {
					assert.deepEqual(
						[await device.next('puback')].map(({ identifier, code }) => [identifier, code]),
						[[identifier, 0]],
					);
				}
				// The identifier is free again, whatever DUP says: another message is another one.
				const another = reading(version, seat, { identifier: 1, flags: 0x0a });
				device.send(another.bytes);
				assert.equal((await device.next('puback')).identifier, 1);
				const came = await collect(desk, 6);
				assert.equal(came.length, 6);
				assert.deepEqual(came.slice(1).map(timeIn), [...sent.map(({ time }) => time), another.time]);
				await device.stands();
			}
		},
	},
	{
		name: 'DUP is not handed on, and is wrong at QoS 0',
		holds: [...mqtt5('3.3.1-2', '3.3.1-3', '4.3.2-2'), ...mqtt311('3.3.1-2', '3.3.1-3')],
		run: async (t, room) => {
			for (const version of versions) {
				const [seat, reader] = [await room.device(t), await room.reader(t)];
				const desk = await room.follower(t, reader, version, [topicOf(seat)]);
				const device = await room.session(t, seat, version);
				const again = reading(version, seat, { flags: 0x0a });
				device.send(again.bytes);
				await device.next('puback');
				const delivery = await desk.next('publish');
				assert.deepEqual([timeIn(delivery), delivery.dup], [again.time, false]);
				await endsSession(t, room, seat, version, reading(version, seat, { flags: 0x08 }).bytes);
			}
		},
	},
	{
		name: 'QoS 3, and a packet identifier of 0, end the connection',
		holds: [...mqtt5('3.3.1-4', '2.2.1-3'), ...mqtt311('3.3.1-4', '2.3.1-1', '4.8.0-1')],
		run: async (t, room) => {
			const seat = await room.device(t);
			for (const version of versions) {
				for (const flags of [0x06, 0x07, 0x0e]) {
					await endsSession(t, room, seat, version, reading(version, seat, { flags }).bytes);
				}
				await endsSession(t, room, seat, version, reading(version, seat, { identifier: 0 }).bytes);
			}
		},
	},
	{
		name: 'a topic name that is empty or holds a wildcard is refused',
		holds: [...mqtt5('3.3.2-2', '4.7.0-1', '4.7.3-1'), ...mqtt311('3.3.2-2', '4.7.1-1', '4.7.3-1')],
		run: async (t, room) => {
			const seat = await room.device(t);
			for (const version of versions) {
				for (const topic of ['', '#', '+', `hall/${seat.id}/+`, `hall/${seat.id}/#`, 'hall/+/dose-rate', 'a#']) {
					const codes = [0x81, 0x82, 0x90];
					await endsSession(t, room, seat, version, publish(version, topic, senml(seat, nextMoment())), codes);
				}
			}
		},
	},
	{
		name: 'properties of PUBLISH that are unknown, misplaced, doubled or out of range end the connection',
		holds: mqtt5('4.13.1-1', '3.3.2-14', '3.3.4-6', '2.2.2-1'),
		run: async (t, room) => {
			const seat = await room.device(t);
			const once: readonly Part[] = [
				property.payloadFormat(1),
				property.messageExpiry(9),
				property.contentType('x'),
				property.responseTopic('x'),
				property.correlationData('x'),
			];
			const wrong: readonly (readonly Part[])[] = [
				[[0x7f, 0]],
				[property.sessionExpiry(1)],
				[property.reasonString('x')],
				[property.willDelay(1)],
				...once.map((one) => [one, one]),
				[property.payloadFormat(2)],
				[property.subscriptionIdentifier(1)],
				...['a/#', '+', '#'].map((topic) => [property.responseTopic(topic)]),
			];
			for (const properties of wrong) {
				const input = publish(5, topicOf(seat), senml(seat, nextMoment()), { properties });
				await endsSession(t, room, seat, 5, input, [0x81, 0x82, 0x90]);
			}
			// As they should be, they are taken.
			const device = await room.session(t, seat, 5);
			const pair = property.userProperty('a', 'b');
			device.send(reading(5, seat, { properties: [...once, pair, pair] }).bytes);
			assert.equal((await device.next('puback')).code, 0);
		},
	},
	{
		name: 'a reading is delivered as a message of the service’s own: properties of the device’s message end there',
		holds: mqtt5(
			'3.1.3-10',
			'3.3.2-4',
			'3.3.2-5',
			'3.3.2-6',
			'3.3.2-15',
			'3.3.2-16',
			'3.3.2-17',
			'3.3.2-18',
			'3.3.2-20',
		),
		run: async (t, room) => {
			const [seat, reader] = [await room.device(t), await room.reader(t)];
			const desk = await room.follower(t, reader, 5, [topicOf(seat), topicOf(seat, 'state')]);
			const properties = [
				property.payloadFormat(1),
				property.messageExpiry(0),
				property.contentType('application/octet-stream'),
				property.responseTopic('x'),
				property.correlationData('x'),
				property.userProperty('b', '1'),
				property.userProperty('a', '2'),
			];
			const time = nextMoment();
			const device = await room.session(t, seat, 5, {
				will: { topic: topicOf(seat, 'state'), payload: senml(seat, time, 'state'), properties: properties.slice(5) },
			});
			const sent = reading(5, seat, { properties });
			device.send(sent.bytes);
			await device.next('puback');
			device.vanish();
			for (const moment of [sent.time, time]) {
				const delivery = await desk.next('publish');
				assert.equal(timeIn(delivery), moment);
				assert.deepEqual([...delivery.properties], [[contentType, ['application/senml+json']]]);
			}
		},
	},
	{
		name: 'a message that may not be published is refused: in MQTT 3.1.1 by the end of the connection',
		holds: [...mqtt5('3.4.2-1', '4.7.2-1', '4.7.3-4'), ...mqtt311('3.3.5-2', '4.7.2-1', '4.7.3-4')],
		run: async (t, room) => {
			const [seat, other, reader] = [await room.device(t), await room.device(t), await room.reader(t)];
			const desk = await room.follower(t, reader, 5, ['#', '+/+/+']);
			const own = topicOf(seat);
			const foreign = [
				topicOf(other),
				`/${own}`,
				`${own}/`,
				own.toUpperCase(),
				own.replace('/', '//'),
				`${own} `,
				own.replace('dose-rate', 'dose\u2010rate'),
				`$${own}`,
				'$SYS/broker/version',
				`hall/${seat.id}/_epochs`,
				'x'.repeat(65_535),
			];
			const device = await room.session(t, seat, 5);
			for (const topic of foreign) {
				device.send(publish(5, topic, senml(seat, nextMoment())));
				assert.equal((await device.next('puback')).code, 0x87, topic.slice(0, 40));
			}
			for (const topic of foreign) {
				const old = await room.session(t, seat, 4);
				old.send(publish(4, topic, senml(seat, nextMoment())));
				assert.deepEqual(await old.ended(), [], topic.slice(0, 40));
			}
			assert.deepEqual(await collect(desk, 0, ({ topic }) => topic.includes(`/${seat.id}/`)), []);
		},
	},
	{
		name: 'RETAIN 1 without a payload stores nothing and clears nothing',
		holds: [...mqtt5('3.3.1-6', '3.3.1-7'), ...mqtt311('3.3.1-10', '3.3.1-11')],
		run: async (t, room) => {
			for (const version of versions) {
				const [seat, reader] = [await room.device(t), await room.reader(t)];
				const device = await room.session(t, seat, version);
				const kept = reading(version, seat);
				device.send(kept.bytes);
				await device.next('puback');
				device.send(publish(version, topicOf(seat), '', { flags: 0x03, identifier: 2 }));
				if (version === 4) assert.deepEqual(await device.ended(), []);
				else {
					// Refused: as a payload that is no reading, or because RETAIN is not available.
					const first = await device.any();
					assert(first?.kind === 'puback' ? first.code === 0x99 : first?.kind === 'disconnect' && first.code === 0x9a);
				}
				const desk = await room.session(t, reader, 5);
				desk.send(subscribe(5, 1, [topicOf(seat)]));
				await desk.next('suback');
				assert.deepEqual((await collect(desk, 1)).map(timeIn), [kept.time]);
			}
		},
	},
	{
		name: 'several packets in one segment are answered in order, each once',
		holds: [...mqtt5('3.2.0-1', '3.2.0-2', '3.3.4-1'), ...mqtt311('3.2.0-1', '3.3.4-1')],
		run: async (t, room) => {
			const seat = await room.device(t);
			for (const version of versions) {
				const peer = await room.peer(t, seat, version);
				const packets = Array.from(
					{ length: 200 },
					(_, index) => reading(version, seat, { identifier: index + 1 }).bytes,
				);
				peer.send(connect(version), ...packets);
				assert.equal((await peer.next('connack')).code, 0);
				for (let identifier = 1; identifier <= 200; identifier++) {
					assert.equal((await peer.next('puback')).identifier, identifier);
				}
				await peer.stands();
			}
		},
	},
];
