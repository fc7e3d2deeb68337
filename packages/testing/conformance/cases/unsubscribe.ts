import assert from 'node:assert/strict';
import { type Case, mqtt311, mqtt5, versions } from '../case.ts';
import { property, unsubscribe } from '../packet.ts';
import { reading, timeIn, topicOf } from '../room.ts';
import { endsSession } from './expect.ts';

export const unsubscribing: readonly Case[] = [
	{
		name: 'UNSUBACK has one code for each filter, in order, and the identifier of its UNSUBSCRIBE',
		holds: [
			...mqtt5('2.2.1-6', '3.10.4-4', '3.10.4-5', '3.10.4-6', '3.11.3-1', '3.11.3-2'),
			...mqtt311('2.3.1-7', '3.10.4-4', '3.10.4-5', '3.10.4-6'),
		],
		run: async (t, room) => {
			const reader = await room.reader(t);
			for (const version of versions) {
				const desk = await room.follower(t, reader, version, ['hall/ghost/state', 'hall/+/dose-rate']);
				desk.send(
					unsubscribe(version, 0xabcd, ['never', 'hall/ghost/state', 'hall/ghost/state', 'hall/+/dose-rate']),
					unsubscribe(version, 2, ['hall/+/dose-rate']),
				);
				const answers = [await desk.answer(), await desk.answer()];
				assert.deepEqual(answers, [
					{
						kind: 'unsuback',
						identifier: 0xabcd,
						codes: version === 5 ? [0x11, 0, 0x11, 0] : [],
						properties: new Map(),
					},
					{ kind: 'unsuback', identifier: 2, codes: version === 5 ? [0x11] : [], properties: new Map() },
				]);
			}
		},
	},
	{
		name: 'UNSUBSCRIBE compares character by character, and ends the deliveries of what it names',
		holds: [...mqtt5('3.10.4-1', '3.10.4-2', '4.7.3-4'), ...mqtt311('3.10.4-1', '3.10.4-2', '4.7.3-4')],
		run: async (t, room) => {
			for (const version of versions) {
				const [seat, reader] = [await room.device(t), await room.reader(t)];
				const device = await room.session(t, seat, 5);
				const filter = `hall/${seat.id}/+`;
				const desk = await room.follower(t, reader, version, [[filter, 0]]);
				desk.send(unsubscribe(version, 1, [topicOf(seat), `hall/${seat.id}/#`, filter.toUpperCase(), `/${filter}`]));
				await desk.next('unsuback');
				const first = reading(5, seat);
				device.send(first.bytes);
				await device.next('puback');
				assert.equal(timeIn(await desk.next('publish')), first.time);
				desk.send(unsubscribe(version, 2, [filter]));
				await desk.next('unsuback');
				device.send(reading(5, seat).bytes);
				await device.next('puback');
				assert.deepEqual(await desk.hear(), []);
			}
		},
	},
	{
		name: 'UNSUBSCRIBE without filters or without an identifier ends the connection',
		holds: [
			...mqtt5('3.10.3-2', '2.2.1-3', '3.10.1-1', '4.13.1-1'),
			...mqtt311('3.10.3-2', '2.3.1-1', '3.10.1-1', '4.8.0-1'),
		],
		run: async (t, room) => {
			const reader = await room.reader(t);
			for (const version of versions) {
				await endsSession(t, room, reader, version, unsubscribe(version, 1, []));
				await endsSession(t, room, reader, version, unsubscribe(version, 0, ['#']));
			}
			for (const more of [[[0x7f, 0]], [property.subscriptionIdentifier(1)], [property.reasonString('x')]]) {
				await endsSession(t, room, reader, 5, unsubscribe(5, 1, ['#'], more));
			}
		},
	},
];
