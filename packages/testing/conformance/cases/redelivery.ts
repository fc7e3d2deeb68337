import assert from 'node:assert/strict';
import { type Case, mqtt311, mqtt5, versions } from '../case.ts';
import { property, puback, subscribe, unsubscribe } from '../packet.ts';
import { timeIn, topicOf } from '../room.ts';
import { begin, lasting, live, options, publisher } from './follow.ts';

export const redelivering: readonly Case[] = [
	{
		name: 'what was not acknowledged is sent again on resuming: DUP, same identifier, same order, and only then',
		holds: [
			...mqtt5('3.3.1-1', '4.3.2-3', '4.4.0-1', '2.2.1-4', '4.3.2-1'),
			...mqtt311('3.3.1-1', '2.3.1-4', '4.3.2-1', '4.4.0-1', '4.6.0-1'),
		],
		run: async (t, room) => {
			for (const version of versions) {
				const [seat, reader] = [await room.device(t), await room.reader(t)];
				const publish = await publisher(t, room, seat);
				const desk = await begin(t, room, reader, version);
				desk.send(subscribe(version, 1, [[topicOf(seat), options(version)]]));
				await desk.next('suback');
				await desk.hear(100);
				const times = [await publish(), await publish(), await publish()];
				const came = await live(desk, times.length);
				assert.deepEqual(came.map(timeIn), times);
				assert.deepEqual(
					came.map(({ dup }) => dup),
					[false, false, false],
				);
				// Nothing is sent again while the connection stands.
				assert.deepEqual(await desk.hear(1500), []);
				const [acknowledged, ...open] = came;
				assert(acknowledged !== undefined);
				desk.send(puback(acknowledged.identifier));
				await desk.stands();
				desk.vanish();
				const again = await room.session(t, reader, version, lasting(version, false));
				assert.equal(again.connack.present, true);
				const repeated = await live(again, open.length);
				assert.deepEqual(
					repeated.map((one) => [timeIn(one), one.identifier, one.dup, one.qos]),
					open.map((one) => [timeIn(one), one.identifier, true, 1]),
				);
				again.send(...repeated.map(({ identifier }) => puback(identifier)));
				await again.stands();
				await again.leave();
				const third = await room.session(t, reader, version, lasting(version, false));
				assert.deepEqual(await live(third, 0), []);
			}
		},
	},
	{
		name: 'a delivery that the client refuses counts as acknowledged',
		holds: mqtt5('4.4.0-2'),
		run: async (t, room) => {
			const [seat, reader] = [await room.device(t), await room.reader(t)];
			const publish = await publisher(t, room, seat);
			const desk = await begin(t, room, reader, 5, {
				properties: [property.sessionExpiry(600), property.receiveMaximum(1)],
			});
			desk.send(subscribe(5, 1, [[topicOf(seat), 0x21]]));
			await desk.next('suback');
			const [first, second] = [await publish(), await publish()];
			const delivery = await desk.next('publish');
			assert.equal(timeIn(delivery), first);
			desk.send(puback(delivery.identifier, 0x83));
			// It frees its place for the next one, too.
			assert.equal(timeIn(await desk.next('publish')), second);
			desk.vanish();
			const again = await room.session(t, reader, 5, lasting(5, false));
			assert.deepEqual((await live(again, 1)).map(timeIn), [second]);
		},
	},
	{
		name: 'UNSUBSCRIBE lets a delivery that was begun be completed, also after resuming',
		holds: [...mqtt5('3.10.4-3'), ...mqtt311('3.10.4-3')],
		run: async (t, room) => {
			for (const version of versions) {
				const [seat, reader] = [await room.device(t), await room.reader(t)];
				const publish = await publisher(t, room, seat);
				const desk = await begin(t, room, reader, version);
				desk.send(subscribe(version, 1, [[topicOf(seat), options(version)]]));
				await desk.next('suback');
				await desk.hear(100);
				const time = await publish();
				const delivery = await desk.next('publish');
				desk.send(unsubscribe(version, 2, [topicOf(seat)]));
				await desk.next('unsuback');
				desk.vanish();
				const again = await room.session(t, reader, version, lasting(version, false));
				const came = await live(again, 1);
				assert.deepEqual(
					came.map((one) => [timeIn(one), one.identifier, one.dup]),
					[[time, delivery.identifier, true]],
				);
				again.send(puback(delivery.identifier));
				await publish();
				assert.deepEqual(await live(again, 0), []);
			}
		},
	},
];
