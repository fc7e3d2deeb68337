import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type Case, mqtt311, mqtt5, versions } from '../case.ts';
import { disconnect, pingreq, property, subscribe } from '../packet.ts';
import { nextMoment, reading, type Room, type Seat, senml, timeIn, topicOf } from '../room.ts';

/** Seconds. */
const keepAlive = 1;
/** Milliseconds after which a silent connection would have ended: one and a half keep-alives, and a look each second. */
const ended = 4000;

const silent = async (t: TestContext, room: Room, seat: Seat, version: 4 | 5): Promise<void> => {
	// Before the server heard of it: what it counts from is later, however slow this machine is.
	const began = performance.now();
	const session = await room.session(t, seat, version, { keepAlive });
	// Server Keep Alive would count in place of the client's ([MQTT-3.2.2-22]).
	assert.equal(session.connack.properties.has(0x13), false);
	await session.cut(0x8d);
	const took = performance.now() - began;
	assert(took >= keepAlive * 1500 - 50, `ended after ${took} ms`);
};

const pinging = async (t: TestContext, room: Room, seat: Seat, version: 4 | 5): Promise<void> => {
	const session = await room.session(t, seat, version, { keepAlive });
	const pings = setInterval(() => session.send(pingreq), 700);
	t.after(() => clearInterval(pings));
	const began = performance.now();
	for (let heard = 0; heard < 4 || performance.now() - began < ended; heard++) await session.next('pingresp');
	clearInterval(pings);
	session.send(disconnect());
	assert((await session.ended()).every(({ kind }) => kind === 'pingresp'));
};

export const keepingAlive: readonly Case[] = [
	{
		name: 'silence for one and a half keep-alives ends the connection, and publishes its will',
		holds: [...mqtt5('3.1.2-22', '3.2.2-22', '3.1.2-8'), ...mqtt311('3.1.2-24', '3.1.2-8')],
		run: async (t, room) => {
			const [one, two, three, reader] = [
				await room.device(t),
				await room.device(t),
				await room.device(t),
				await room.reader(t),
			];
			const desk = await room.follower(t, reader, 5, [topicOf(three, 'state')]);
			const time = nextMoment();
			await room.session(t, three, 5, {
				keepAlive,
				will: { topic: topicOf(three, 'state'), payload: senml(three, time, 'state') },
			});
			await Promise.all([silent(t, room, one, 5), silent(t, room, two, 4)]);
			assert.equal(timeIn(await desk.next('publish')), time);
		},
	},
	{
		name: 'PINGREQ is answered and keeps a connection; without a keep-alive it needs none',
		holds: [...mqtt5('3.12.4-1', '3.1.2-22'), ...mqtt311('3.12.4-1', '3.1.2-24')],
		run: async (t, room) => {
			const [one, two, three] = [await room.device(t), await room.device(t), await room.device(t)];
			const quiet = await room.session(t, three, 5, { keepAlive: 0 });
			await Promise.all([pinging(t, room, one, 5), pinging(t, room, two, 4)]);
			await quiet.stands();
		},
	},
	{
		name: 'what is sent to a client does not keep its connection',
		holds: [...mqtt5('3.1.2-22'), ...mqtt311('3.1.2-24')],
		run: async (t, room) => {
			const seat = await room.device(t);
			const device = await room.session(t, seat, 5);
			const publishing = setInterval(() => device.send(reading(5, seat, { flags: 0 }).bytes), 250);
			t.after(() => clearInterval(publishing));
			await Promise.all(
				versions.map(async (version) => {
					const desk = await room.session(t, await room.reader(t), version, {
						keepAlive,
						properties: [property.sessionExpiry(0)],
					});
					desk.send(subscribe(version, 1, [[topicOf(seat), 0]]));
					const answers = await desk.ended();
					assert(answers.filter(({ kind }) => kind === 'publish').length >= 3);
					if (version === 5) assert.equal(answers.at(-1)?.kind, 'disconnect');
				}),
			);
		},
	},
];
