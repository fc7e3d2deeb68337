import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Case, mqtt311, mqtt5, versions } from '../case.ts';
import { connect, type ConnectFields, disconnect, pingreq, property, subscribe, type Version } from '../packet.ts';
import { collect, nextMoment, type Seat, senml, timeIn, topicOf } from '../room.ts';
import { refusesConnect } from './expect.ts';

/** A will on the device's stream `state`, and the moment in it. */
const will = (
	version: Version,
	seat: Seat,
	more: { readonly delay?: number; readonly expiry?: number; readonly retain?: boolean; readonly qos?: number } = {},
): { readonly time: number; readonly fields: ConnectFields } => {
	const time = nextMoment();
	const { delay, expiry, ...flags } = more;
	return {
		time,
		fields: {
			clientId: 'with-a-will',
			properties: version === 5 && expiry !== undefined ? [property.sessionExpiry(expiry)] : [],
			will: {
				topic: topicOf(seat, 'state'),
				payload: senml(seat, time, 'state'),
				properties: delay === undefined ? [] : [property.willDelay(delay)],
				...flags,
			},
		},
	};
};

export const wills: readonly Case[] = [
	{
		name: 'a will is published when its connection is lost: once, and as not retained',
		holds: [
			...mqtt5('3.1.2-7', '3.1.2-8', '3.1.2-10', '3.1.2-12', '3.1.2-14'),
			...mqtt311('3.1.2-8', '3.1.2-10', '3.1.2-12', '3.1.2-14', '3.1.2-16'),
		],
		run: async (t, room) => {
			for (const version of versions) {
				const [seat, reader] = [await room.device(t), await room.reader(t)];
				const desk = await room.follower(t, reader, 5, [topicOf(seat, 'state')]);
				for (const qos of [0, 1]) {
					const { time, fields } = will(version, seat, { qos });
					(await room.session(t, seat, version, fields)).vanish();
					const came = await collect(desk, 1);
					assert.deepEqual(
						came.map((one) => [timeIn(one), one.retain, one.dup]),
						[[time, false, false]],
					);
					// It is gone with that: the next connection, without one, leaves nothing.
					(await room.session(t, seat, version, { clientId: 'with-a-will' })).vanish();
					assert.deepEqual(await desk.hear(), []);
				}
			}
		},
	},
	{
		name: 'DISCONNECT discards the will; with 0x04 it is published',
		holds: [...mqtt5('3.1.2-8', '3.1.2-10', '3.14.4-3'), ...mqtt311('3.1.2-8', '3.1.2-10', '3.14.4-3')],
		run: async (t, room) => {
			const [seat, reader] = [await room.device(t), await room.reader(t)];
			const desk = await room.follower(t, reader, 5, [topicOf(seat, 'state')]);
			for (const [version, goodbye, published] of [
				[5, disconnect(), false],
				[5, disconnect(0), false],
				[4, disconnect(), false],
				[5, disconnect(0x04), true],
				[5, disconnect(0x80), true],
			] as const) {
				const { time, fields } = will(version, seat);
				const device = await room.session(t, seat, version, fields);
				device.send(goodbye);
				await device.ended();
				assert.deepEqual((await collect(desk, published ? 1 : 0, undefined, 500)).map(timeIn), published ? [time] : []);
			}
		},
	},
	{
		name: 'a connection that the service ends for an error publishes its will',
		holds: [...mqtt5('3.1.2-8'), ...mqtt311('3.1.2-8')],
		run: async (t, room) => {
			for (const version of versions) {
				const [seat, reader] = [await room.device(t), await room.reader(t)];
				const desk = await room.follower(t, reader, 5, [topicOf(seat, 'state')]);
				const { time, fields } = will(version, seat);
				const device = await room.session(t, seat, version, fields);
				device.send(connect(version));
				await device.cut(0x82);
				assert.equal(timeIn(await desk.next('publish')), time);
			}
		},
	},
	{
		name: 'a will waits for its delay, but not beyond the end of its session',
		holds: mqtt5('3.1.2-8', '3.1.2-7'),
		run: async (t, room) => {
			const [one, two, reader] = [await room.device(t), await room.device(t), await room.reader(t)];
			const desk = await room.follower(t, reader, 5, [topicOf(one, 'state'), topicOf(two, 'state')]);
			const late = will(5, one, { delay: 2, expiry: 600 });
			const early = will(5, two, { delay: 600, expiry: 1 });
			(await room.session(t, one, 5, late.fields)).vanish();
			(await room.session(t, two, 5, early.fields)).vanish();
			assert.deepEqual(await desk.hear(600), []);
			const came = await collect(desk, 2);
			assert.deepEqual(new Set(came.map(timeIn)), new Set([late.time, early.time]));
		},
	},
	{
		name: 'a client that is back within the will delay takes its will with it',
		holds: mqtt5('3.1.3-9', '3.1.2-8'),
		run: async (t, room) => {
			const [seat, reader] = [await room.device(t), await room.reader(t)];
			const desk = await room.follower(t, reader, 5, [topicOf(seat, 'state')]);
			(await room.session(t, seat, 5, will(5, seat, { delay: 2, expiry: 600 }).fields)).vanish();
			await sleep(300);
			const back = await room.session(t, seat, 5, {
				clientId: 'with-a-will',
				clean: false,
				properties: [property.sessionExpiry(600)],
			});
			assert.equal(back.connack.present, true);
			assert.deepEqual(await desk.hear(3500), []);
		},
	},
	{
		name: 'a retained will is retained',
		holds: [...mqtt5('3.1.2-15', '3.2.2-13'), ...mqtt311('3.1.2-17')],
		run: async (t, room) => {
			for (const version of versions) {
				const [seat, reader] = [await room.device(t), await room.reader(t)];
				const { time, fields } = will(version, seat, { retain: true });
				const probe = await room.session(t, seat, 5);
				// Where CONNACK says that retained messages are not available, such a will is refused.
				if (version === 5 && probe.connack.properties.get(0x25)?.[0] === 0) {
					await refusesConnect(await room.peer(t, seat, 5), connect(5, fields), 0x9a);
					continue;
				}
				const desk = await room.follower(t, reader, 5, [topicOf(seat, 'state')]);
				(await room.session(t, seat, version, fields)).vanish();
				assert.equal(timeIn(await desk.next('publish')), time);
				const later = await room.session(t, reader, 5);
				later.send(subscribe(5, 1, [topicOf(seat, 'state')]));
				await later.next('suback');
				const retained = await later.next('publish');
				assert.deepEqual([timeIn(retained), retained.retain], [time, true]);
			}
		},
	},
	{
		name: 'a will at QoS 2, or on a stream that is not its own, is refused with its CONNECT',
		holds: [...mqtt5('3.2.2-12', '3.1.2-12', '3.1.4-2', '3.1.4-6'), ...mqtt311('3.1.4-5')],
		run: async (t, room) => {
			const [seat, other] = [await room.device(t), await room.device(t)];
			for (const version of versions) {
				const high = connect(version, will(version, seat, { qos: 2 }).fields);
				const first = await room.peer(t, seat, version);
				if (version === 5) await refusesConnect(first, high, 0x9b);
				else {
					// MQTT 3.1.1 has no Maximum QoS: taken at less, or refused with or without a word.
					first.send(high);
					const answer = await first.any();
					assert(answer === null || answer.kind === 'connack');
					first.send(disconnect());
				}
				const foreign = will(version, other).fields;
				const refusal = version === 5 ? [0x87, 0x90] : [5];
				const peer = await room.peer(t, seat, version);
				await refusesConnect(peer, Buffer.concat([connect(version, foreign), pingreq]), ...refusal);
			}
		},
	},
	{
		name: 'a connection that is taken over publishes its will, unless the session goes on and the will waits',
		holds: mqtt5('3.1.2-8', '3.1.3-9'),
		run: async (t, room) => {
			const [seat, reader] = [await room.device(t), await room.reader(t)];
			const desk = await room.follower(t, reader, 5, [topicOf(seat, 'state')]);
			const now = will(5, seat, { expiry: 600 });
			const older = await room.session(t, seat, 5, now.fields);
			const waiting = will(5, seat, { expiry: 600, delay: 600 });
			const newer = await room.session(t, seat, 5, { ...waiting.fields, clean: false });
			await older.cut(0x8e);
			assert.equal(timeIn(await desk.next('publish')), now.time);
			await room.session(t, seat, 5, { clientId: 'with-a-will', clean: false });
			await newer.cut(0x8e);
			assert.deepEqual(await desk.hear(700), []);
		},
	},
];
