import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../agent/until.ts';
import { type Case, mqtt311, mqtt5, versions } from '../case.ts';
import { connect, disconnect, property, puback, subscribe } from '../packet.ts';
import { type Seat, timeIn, topicOf } from '../room.ts';
import { begin, lasting, live, options, publisher } from './follow.ts';

export const session: readonly Case[] = [
	{
		name: 'a session that ends with its connection is never resumed',
		holds: [
			...mqtt5('3.1.2-6', '3.2.2-2', '3.2.2-3', '3.1.4-4'),
			...mqtt311('3.1.2-6', '3.1.4-3', '3.2.2-1', '3.2.2-3'),
		],
		run: async (t, room) => {
			for (const version of versions) {
				const [seat, reader] = [await room.device(t), await room.reader(t)];
				const publish = await publisher(t, room, seat);
				const fields = { clientId: 'brief' };
				const desk = await room.session(t, reader, version, fields);
				desk.send(subscribe(version, 1, [[topicOf(seat), options(version)]]));
				await desk.next('suback');
				await desk.leave();
				const again = await room.session(t, reader, version, { ...fields, clean: false });
				assert.equal(again.connack.present, false);
				await publish();
				assert.deepEqual(await again.hear(), []);
			}
		},
	},
	{
		name: 'a session that lasts is resumed with its subscriptions, and with what came meanwhile',
		holds: [
			...mqtt5('3.1.2-5', '3.1.2-6', '3.1.2-23', '3.2.2-3', '3.1.4-4', '4.5.0-1', '4.1.0-1', '4.3.2-2'),
			...mqtt311('3.1.2-4', '3.1.2-5', '3.2.2-2', '3.2.2-3', '3.1.4-3', '4.1.0-1', '4.1.0-2', '4.5.0-1'),
		],
		run: async (t, room) => {
			for (const version of versions) {
				const [seat, reader] = [await room.device(t), await room.reader(t)];
				const publish = await publisher(t, room, seat);
				await (await room.session(t, reader, version, lasting(version, true, 0))).leave();
				const desk = await room.session(t, reader, version, lasting(version, false));
				assert.equal(desk.connack.present, false, 'there was none yet');
				desk.send(subscribe(version, 1, [[topicOf(seat), options(version)]]));
				await desk.next('suback');
				await desk.hear(100);
				const first = await publish();
				const delivery = await desk.next('publish');
				assert.equal(timeIn(delivery), first);
				desk.send(puback(delivery.identifier));
				await desk.leave();
				const missed = [await publish(), await publish(), await publish()];
				const again = await room.session(t, reader, version, lasting(version, false));
				assert.equal(again.connack.present, true);
				const came = await live(again, missed.length);
				assert.deepEqual(came.map(timeIn), missed);
				assert(came.every(({ dup, qos }) => !dup && qos === 1));
				again.send(...came.map(({ identifier }) => puback(identifier)));
				const later = await publish();
				assert.deepEqual((await live(again, 1)).map(timeIn), [later]);
			}
		},
	},
	{
		name: 'a clean start discards the session that there was',
		holds: [...mqtt5('3.1.2-4', '3.2.2-2', '3.1.4-4'), ...mqtt311('3.1.2-6', '3.2.2-1', '3.1.4-3')],
		run: async (t, room) => {
			for (const version of versions) {
				const [seat, reader] = [await room.device(t), await room.reader(t)];
				const publish = await publisher(t, room, seat);
				const desk = await begin(t, room, reader, version);
				desk.send(subscribe(version, 1, [[topicOf(seat), options(version)]]));
				await desk.next('suback');
				await desk.leave();
				await publish();
				const clean = await room.session(t, reader, version, lasting(version, true));
				assert.equal(clean.connack.present, false);
				await publish();
				assert.deepEqual(await live(clean, 0), []);
			}
		},
	},
	{
		name: 'a session ends when its expiry has passed, and DISCONNECT may change the expiry',
		holds: mqtt5('3.1.2-23', '4.1.0-2', '3.2.2-3'),
		run: async (t, room) => {
			const readers = await Promise.all([room.reader(t), room.reader(t), room.reader(t)]);
			/** Connects for `seconds`, leaves, and gives whether the session is there after `wait` milliseconds. */
			const present = async (seat: Seat, seconds: number, goodbye: Buffer, wait: number): Promise<boolean> => {
				const desk = await room.session(t, seat, 5, lasting(5, true, seconds));
				desk.send(goodbye);
				await desk.ended();
				await sleep(wait);
				const again = await room.session(t, seat, 5, lasting(5, false, 0));
				await again.leave();
				return again.connack.present;
			};
			const [one, two, three] = readers;
			assert(one !== undefined && two !== undefined && three !== undefined);
			assert.deepEqual(
				await Promise.all([
					present(one, 1, disconnect(), 2500),
					present(two, 600, disconnect(0, [property.sessionExpiry(0)]), 100),
					present(three, 1, disconnect(0, [property.sessionExpiry(600)]), 2500),
				]),
				[false, false, true],
			);
			assert.deepEqual(
				await Promise.all([present(one, 600, disconnect(), 100), present(two, 0xffffffff, disconnect(), 100)]),
				[true, true],
			);
		},
	},
	{
		name: 'a DISCONNECT cannot make a session last that was to end with its connection',
		holds: mqtt5('4.13.1-1', '3.14.2-1'),
		run: async (t, room) => {
			const reader = await room.reader(t);
			const desk = await room.session(t, reader, 5, lasting(5, true, 0));
			desk.send(disconnect(0, [property.sessionExpiry(600)]));
			await desk.cut(0x82);
			assert.equal((await room.session(t, reader, 5, lasting(5, false))).connack.present, false);
		},
	},
	{
		name: 'a session belongs to its certificate and its client identifier',
		holds: [...mqtt5('3.1.3-2'), ...mqtt311('3.1.3-2')],
		run: async (t, room) => {
			for (const version of versions) {
				const [one, two] = [await room.reader(t), await room.reader(t)];
				await (await begin(t, room, one, version)).leave();
				// The same identifier with another certificate is another session: a name alone opens nothing.
				await (await room.session(t, two, version, lasting(version, true, 0))).leave();
				const other = await room.session(t, two, version, lasting(version, false));
				assert.equal(other.connack.present, false);
				const same = await room.session(t, one, version, lasting(version, false));
				assert.equal(same.connack.present, true);
				await same.leave();
				const renamed = await room.session(t, one, version, { ...lasting(version, false), clientId: 'renamed' });
				assert.equal(renamed.connack.present, false);
			}
		},
	},
	{
		name: 'a client that connects again ends its older connection, and goes on with its session',
		holds: [
			...mqtt5('3.1.4-3', '3.14.4-1', '3.14.4-2', '3.1.2-5', '4.13.2-1'),
			...mqtt311('3.1.4-2', '3.2.2-2', '4.1.0-2'),
		],
		run: async (t, room) => {
			for (const version of versions) {
				const [seat, reader] = [await room.device(t), await room.reader(t)];
				const publish = await publisher(t, room, seat);
				const older = await begin(t, room, reader, version);
				older.send(subscribe(version, 1, [[topicOf(seat), options(version)]]));
				await older.next('suback');
				await older.hear(100);
				const newer = await room.session(t, reader, version, lasting(version, false));
				assert.equal(newer.connack.present, true);
				await older.cut(0x8e);
				const time = await publish();
				assert.deepEqual((await live(newer, 1)).map(timeIn), [time]);
			}
		},
	},
	{
		name: 'many connections of one client at once leave one',
		holds: [...mqtt5('3.1.4-3'), ...mqtt311('3.1.4-2')],
		run: async (t, room) => {
			for (const version of versions) {
				const seat = await room.device(t);
				const peers = await Promise.all(Array.from({ length: 8 }, () => room.peer(t, seat, version)));
				for (const peer of peers) peer.send(connect(version));
				const standing = () => peers.filter(({ socket }) => !socket.destroyed && !socket.readableEnded).length;
				await until('one is left', () => standing() === 1);
				await sleep(500);
				assert.equal(standing(), 1);
			}
		},
	},
];
