import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Case, mqtt311, mqtt5, versions } from '../case.ts';
import { puback, subscribe } from '../packet.ts';
import { collect, type Room, type Seat, topicOf } from '../room.ts';
import { begin, lasting } from './follow.ts';

const expiry = 0x02;

/** Keeps a command for the device, which ends in so many milliseconds. */
const order = async (room: Room, { id }: Seat, text: string, lasts: number): Promise<void> => {
	await room.site.ask('command.send', {
		application: 'hall',
		device: id,
		payload: text,
		contentType: 'text/plain',
		expires: Date.now() + lasts,
	});
};

export const commanding: readonly Case[] = [
	{
		name: 'a command waits for its device until it expires, and says how long it still counts',
		holds: [
			...mqtt5('3.3.2-5', '3.3.2-6', '3.3.1-1', '4.4.0-1', '4.5.0-1'),
			...mqtt311('3.3.1-1', '4.4.0-1', '4.5.0-1'),
		],
		run: async (t, room) => {
			for (const version of versions) {
				const seat = await room.device(t);
				await order(room, seat, 'too late', 700);
				await order(room, seat, 'calibrate', 60_000);
				await sleep(1000);
				const device = await begin(t, room, seat, version);
				device.send(subscribe(version, 1, [topicOf(seat, '_commands')]));
				assert.deepEqual((await device.next('suback')).codes, [1]);
				const [first, ...more] = await collect(device, 1);
				assert(first !== undefined && more.length === 0);
				assert.deepEqual([String(first.payload), first.qos, first.dup], ['calibrate', 1, false]);
				const left = first.properties.get(expiry)?.[0];
				assert(version === 4 ? left === undefined : Number(left) > 50 && Number(left) <= 59, String(left));
				device.vanish();
				const again = await room.session(t, seat, version, lasting(version, false));
				const [second] = await collect(again, 1);
				assert.deepEqual(
					[String(second?.payload), second?.dup, second?.identifier],
					['calibrate', true, first.identifier],
				);
				again.send(puback(first.identifier));
				await again.stands();
				await again.leave();
				const third = await room.session(t, seat, version, lasting(version, false));
				assert.deepEqual(await collect(third, 0), []);
			}
		},
	},
];
