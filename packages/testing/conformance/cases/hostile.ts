import { setTimeout as sleep } from 'node:timers/promises';
import { bytes } from '../bytes.ts';
import { type Case, mqtt311, mqtt5, versions } from '../case.ts';
import { connect, disconnect, pingreq, property, puback, publish, subscribe, unsubscribe } from '../packet.ts';
import { nextMoment, reading, senml, topicOf } from '../room.ts';

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

/** `npm run soak` sends more of them. */
const TURNS = process.env['KEYWARD_SWEEP'] === 'all' ? 240 : 96;

export const hostile: readonly Case[] = [
	{
		name: 'random and damaged bytes end at most their own connection, and bring no malformed answer',
		holds: [...mqtt5('4.13.1-1'), ...mqtt311('4.8.0-1')],
		run: async (t, room) => {
			const [seat, other] = [await room.device(t), await room.device(t)];
			const witness = await room.session(t, other, 5);
			const next = numbers(0x6b657977);
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
				const peer = await room.peer(t, seat, version);
				peer.send(damaged);
				// Answers are read strictly, and a malformed answer throws here.
				await Promise.race([peer.ended(), sleep(6)]);
				await peer.hear(1);
				peer.vanish();
			}
			const { bytes: good } = reading(5, other);
			witness.send(good);
			await witness.next('puback');
			await witness.stands();
		},
	},
];
