import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bytes } from '../bytes.ts';
import { type Case, mqtt311, mqtt5, versions } from '../case.ts';
import {
	connect,
	disconnect,
	pingreq,
	property,
	puback,
	publish,
	subscribe,
	unsubscribe,
	type Version,
} from '../packet.ts';
import { nextMoment, reading, type Room, type Seat, senml, topicOf } from '../room.ts';

/** Numbers below `limit`, the same in every run (Marsaglia's xorshift). */
const numbers = (seed: number): ((limit: number) => number) => {
	let state = seed;
	return (limit) => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return (state >>> 0) % limit;
	};
};

/** `npm run soak` sends more of them, others on each day. */
const isSoak = process.env['KEYWARD_SWEEP'] === 'all';
const TURNS = isSoak ? 960 : 96;
const SEED = Number(process.env['KEYWARD_SEED']) || 0x6b657977;

/** Sends these bytes alone, and reads all that comes for them as strictly as what comes for good ones: a malformed answer throws. */
const attempt = async (t: TestContext, room: Room, seat: Seat, version: Version, input: Buffer): Promise<void> => {
	const peer = await room.peer(t, seat, version);
	peer.sendDamaged(input);
	await Promise.race([peer.over(), sleep(isSoak ? 30 : 6)]);
	const [first] = await peer.hear(1);
	// [MQTT-3.2.0-1] of both, [MQTT-3.14.0-1] of MQTT 5
	assert(first === undefined || first.kind === 'connack', `${JSON.stringify(first)} came before CONNACK`);
	peer.vanish();
};

export const hostile: readonly Case[] = [
	{
		name: 'random and damaged bytes end at most their own connection, and bring no malformed answer',
		holds: [...mqtt5('4.13.1-1'), ...mqtt311('4.8.0-1')],
		run: async (t, room) => {
			const [seat, other] = [await room.device(t), await room.device(t)];
			const witness = await room.session(t, other, 5);
			// It is answered in the form of the version that it says, not of the one it was written for.
			for (const version of versions) {
				for (const level of [0, 3, 4, 5, 6, 0x85]) await attempt(t, room, seat, version, connect(version, { level }));
			}
			const next = numbers(SEED);
			for (let turn = 0; turn < TURNS; turn++) {
				const version = versions[turn % 2] ?? 5;
				const input = bytes(
					connect(version, { properties: [property.receiveMaximum(5)], userName: 'u' }),
					subscribe(version, 2, ['hall/#', ['a', 0]]),
					publish(version, topicOf(seat), senml(seat, nextMoment()), { properties: [property.userProperty('a', 'b')] }),
					unsubscribe(version, 3, ['hall/#']),
					puback(1),
					pingreq,
					disconnect(),
				);
				const kind = turn % 3;
				// Flipped, cut out, or nothing but noise after a good beginning.
				if (kind === 0) for (let count = 1 + next(4); count > 0; count--) input[next(input.length)] = next(256);
				const at = next(input.length);
				const damaged =
					kind === 1
						? bytes(input.subarray(0, at), input.subarray(Math.min(input.length, at + 1 + next(9))))
						: kind === 2
							? bytes(
									input.subarray(0, at),
									Array.from({ length: 60 }, () => next(256)),
								)
							: input;
				try {
					await attempt(t, room, seat, version, damaged);
				} catch (error) {
					throw new Error(`seed ${SEED}, turn ${turn}: ${damaged.toString('hex')}`, { cause: error });
				}
			}
			const { bytes: good } = reading(5, other);
			witness.send(good);
			await witness.next('puback');
			await witness.stands();
		},
	},
];
