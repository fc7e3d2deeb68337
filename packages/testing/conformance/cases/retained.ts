import assert from 'node:assert/strict';
import { type Case, mqtt311, mqtt5, versions } from '../case.ts';
import { property, subscribe, unsubscribe } from '../packet.ts';
import { collect, reading, timeIn, topicOf } from '../room.ts';

/** Retain Handling in the options byte (MQTT 5 §3.8.3.1). */
const handling = { always: 0x00, whenNew: 0x10, never: 0x20 } as const;
const asPublished = 0x08;

export const retaining: readonly Case[] = [
	{
		name: 'a new subscription gets the last reading of each stream that it matches, with RETAIN 1',
		holds: [...mqtt5('3.3.1-8', '3.3.1-9'), ...mqtt311('3.1.2-7', '3.3.1-5', '3.3.1-6', '3.3.1-8', '3.3.1-12')],
		run: async (t, room) => {
			for (const version of versions) {
				const [seat, reader] = [await room.device(t), await room.reader(t)];
				const device = await room.session(t, seat, 5);
				const last = new Map<string, number>();
				for (const stream of ['dose-rate', 'state', 'dose-rate']) {
					const { time, bytes } = reading(5, seat, { stream });
					last.set(topicOf(seat, stream), time);
					device.send(bytes);
					assert.equal((await device.next('puback')).code, 0);
				}
				// Whose session is long over.
				await device.leave();
				for (const qos of [0, 1]) {
					const desk = await room.session(t, reader, version);
					desk.send(subscribe(version, 1, [[`hall/${seat.id}/#`, qos]]));
					await desk.next('suback');
					const came = await collect(desk, last.size);
					assert.deepEqual(new Map(came.map((one) => [one.topic, timeIn(one)])), last);
					assert(came.length === 2 && came.every(({ retain, dup }) => retain && !dup));
					assert(came.every((one) => one.qos === qos));
				}
			}
		},
	},
	{
		name: 'a message retained by its publisher is there for those who come later',
		holds: [...mqtt5('3.3.1-5', '3.3.1-12', '3.3.1-13'), ...mqtt311('3.3.1-5', '3.3.1-7', '3.3.1-9')],
		run: async (t, room) => {
			for (const version of versions) {
				const [seat, one, two] = [await room.device(t), await room.reader(t), await room.reader(t)];
				const third = await room.reader(t);
				const device = await room.session(t, seat, version);
				// Where CONNACK says that it is not available, nobody may set it ([MQTT-3.2.2-14]).
				const available = version === 4 || device.connack.properties.get(0x25)?.[0] !== 0;
				const plain = await room.follower(t, one, 5, [[topicOf(seat), 1]]);
				const published = await room.follower(t, two, 5, [[topicOf(seat), 1 | asPublished]]);
				for (const retain of available ? [false, true, false] : [false]) {
					for (const qos of [0, 1]) {
						const { time, bytes } = reading(version, seat, { flags: (qos << 1) | (retain ? 1 : 0) });
						device.send(bytes);
						if (qos === 1) await device.next('puback');
						const [without, withFlag] = [await plain.next('publish'), await published.next('publish')];
						assert.deepEqual([timeIn(without), without.retain], [time, false]);
						assert.deepEqual([timeIn(withFlag), withFlag.retain], [time, retain]);
						const later = await room.session(t, third, version);
						later.send(subscribe(version, 1, [topicOf(seat)]));
						await later.next('suback');
						const kept = await later.next('publish');
						assert.deepEqual([timeIn(kept), kept.retain], [time, true]);
						await later.leave();
					}
				}
			}
		},
	},
	{
		name: 'Retain Handling says whether a subscription, new or known, gets what is retained',
		holds: [...mqtt5('3.3.1-9', '3.3.1-10', '3.3.1-11', '3.8.4-4'), ...mqtt311('3.8.4-3')],
		run: async (t, room) => {
			const [seat, reader] = [await room.device(t), await room.reader(t)];
			const device = await room.session(t, seat, 5);
			const { time, bytes } = reading(5, seat);
			device.send(bytes);
			await device.next('puback');
			const desk = await room.session(t, reader, 5);
			const filter = topicOf(seat);
			/** What comes on subscribing with that handling; it is acknowledged at QoS 0. */
			const gets = async (how: number, count: 0 | 1): Promise<number[]> => {
				desk.send(subscribe(5, 1, [[filter, how]]));
				await desk.next('suback');
				return (await collect(desk, count)).map(timeIn);
			};
			const drop = async (): Promise<void> => {
				desk.send(unsubscribe(5, 2, [filter]));
				await desk.next('unsuback');
			};
			assert.deepEqual(await gets(handling.never, 0), []);
			assert.deepEqual(await gets(handling.whenNew, 0), []);
			assert.deepEqual(await gets(handling.always, 1), [time]);
			assert.deepEqual(await gets(handling.always, 1), [time]);
			await drop();
			assert.deepEqual(await gets(handling.whenNew, 1), [time]);
			assert.deepEqual(await gets(handling.whenNew, 0), []);
			// MQTT 3.1.1 sends it each time.
			const old = await room.session(t, reader, 4);
			for (const turn of [1, 2]) {
				old.send(subscribe(4, turn, [[filter, 0]]));
				await old.next('suback');
				const kept = await old.next('publish');
				assert.deepEqual([timeIn(kept), kept.retain], [time, true]);
			}
		},
	},
	{
		name: 'a subscription that is resumed counts as known',
		holds: mqtt5('3.3.1-10', '3.1.2-5'),
		run: async (t, room) => {
			const [seat, reader] = [await room.device(t), await room.reader(t)];
			const device = await room.session(t, seat, 5);
			device.send(reading(5, seat).bytes);
			await device.next('puback');
			const fields = { clientId: 'known', properties: [property.sessionExpiry(600)] };
			const desk = await room.session(t, reader, 5, fields);
			desk.send(subscribe(5, 1, [[topicOf(seat), handling.never]]));
			await desk.next('suback');
			await desk.leave();
			const again = await room.session(t, reader, 5, { ...fields, clean: false });
			assert.equal(again.connack.present, true);
			again.send(subscribe(5, 1, [[topicOf(seat), handling.whenNew]]));
			await again.next('suback');
			assert.deepEqual(await again.hear(), []);
		},
	},
];
