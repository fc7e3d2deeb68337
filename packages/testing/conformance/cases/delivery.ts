import assert from 'node:assert/strict';
import { type Case, mqtt311, mqtt5, versions } from '../case.ts';
import { pingreq, property, puback, subscribe, unsubscribe } from '../packet.ts';
import { collect, reading, timeIn, topicOf } from '../room.ts';

export const delivering: readonly Case[] = [
	{
		name: 'no more than Receive Maximum deliveries are open, and nothing else waits for them',
		holds: mqtt5('3.3.4-9', '3.3.4-10', '4.9.0-1', '4.9.0-2', '4.9.0-3', '4.3.2-3', '2.2.1-4', '4.3.2-1'),
		run: async (t, room) => {
			const [seat, reader] = [await room.device(t), await room.reader(t)];
			const device = await room.session(t, seat, 5);
			const window = 3;
			const desk = await room.follower(t, reader, 5, [[topicOf(seat), 0x21]], {
				properties: [property.receiveMaximum(window)],
			});
			const times = Array.from({ length: 10 }, (_, index) => {
				const { time, bytes } = reading(5, seat, { identifier: index + 1 });
				device.send(bytes);
				return time;
			});
			for (let identifier = 1; identifier <= 10; identifier++) await device.next('puback');
			const open = await collect(desk, window);
			assert.deepEqual(open.map(timeIn), times.slice(0, window));
			assert.equal(new Set(open.map(({ identifier }) => identifier)).size, window);
			desk.send(pingreq, subscribe(5, 7, [['hall/ghost/state', 0]]), unsubscribe(5, 8, ['hall/ghost/state']));
			for (const kind of ['pingresp', 'suback', 'unsuback'] as const) await desk.next(kind);
			// Each acknowledgement makes room for one more, whose identifier no open delivery has.
			const heard = [...open];
			for (let next = window; next < times.length; next++) {
				const done = open.shift();
				assert(done !== undefined);
				desk.send(puback(done.identifier));
				const delivery = await desk.next('publish');
				assert(!open.some(({ identifier }) => identifier === delivery.identifier));
				open.push(delivery);
				heard.push(delivery);
			}
			assert.deepEqual(heard.map(timeIn), times);
			assert.deepEqual(await desk.hear(), []);
		},
	},
	{
		name: 'readings of a stream are delivered in the order in which they came',
		holds: [...mqtt5('4.6.0-5', '4.6.0-6', '3.1.2-26', '3.1.2-27', '3.3.2-11'), ...mqtt311('4.6.0-5', '4.6.0-6')],
		run: async (t, room) => {
			for (const version of versions) {
				const [seat, one, two] = [await room.device(t), await room.reader(t), await room.reader(t)];
				const device = await room.session(t, seat, version);
				// A client that would take topic aliases is sent none either: answers are read strictly.
				const aliases = version === 5 ? [property.topicAliasMaximum(10)] : [];
				const desks = [
					await room.follower(t, one, version, [[`hall/${seat.id}/#`, 0]], { properties: aliases }),
					await room.follower(t, two, version, [[topicOf(seat), 1]]),
				];
				const sent = Array.from({ length: 100 }, (_, index) =>
					reading(version, seat, { identifier: index + 1, flags: 0x02 }),
				);
				// The order of their coming, not of their times.
				sent.reverse();
				device.send(...sent.map(({ bytes }) => bytes));
				for (const desk of desks) {
					const came = [];
					while (came.length < sent.length) {
						const delivery = await desk.next('publish');
						came.push(timeIn(delivery));
						if (delivery.qos === 1) desk.send(puback(delivery.identifier));
					}
					assert.deepEqual(
						came,
						sent.map(({ time }) => time),
					);
				}
			}
		},
	},
	{
		name: 'every session with a matching subscription gets a message, whatever version it speaks',
		holds: [...mqtt5('4.5.0-1', '4.3.2-2', '2.2.1-2'), ...mqtt311('4.5.0-1', '4.3.2-1', '2.3.1-5')],
		run: async (t, room) => {
			const seat = await room.device(t);
			const desks = [];
			for (const version of [5, 4, 5, 4] as const) {
				desks.push(await room.follower(t, await room.reader(t), version, [[topicOf(seat), desks.length < 2 ? 1 : 0]]));
			}
			for (const version of versions) {
				const device = await room.session(t, seat, version);
				const { time, bytes } = reading(version, seat);
				device.send(bytes);
				await device.next('puback');
				for (const [index, desk] of desks.entries()) {
					const delivery = await desk.next('publish');
					assert.deepEqual(
						[timeIn(delivery), delivery.dup, delivery.qos, delivery.identifier > 0],
						[time, false, index < 2 ? 1 : 0, index < 2],
					);
				}
			}
		},
	},
];
