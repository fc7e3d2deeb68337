import { type Milliseconds, seconds } from '@keyward/core';
import { allHeard } from '../thread/all-heard.ts';
import type { Channel } from '../thread/channel.ts';

/** A stream that stands has asked within this time (`answerFollow`): where none has, no worker is waited for. */
const RE_ASKED_WITHIN: Milliseconds = seconds(30);

/** What is decided for event streams, so that who ends a right can wait until it is felt. */
export interface Followers {
	/** Follows one decision, and what it leads to, to its end; waiting for readings is no part of it. */
	during<Value>(decision: Promise<Value>): Promise<Value>;
	/** A listener's worker that has event streams. */
	serves(worker: Channel): void;
	/** Resolves when all that is to be decided now is, and the workers have acted on it. Gives how many were refused meanwhile. */
	settled(): Promise<number>;
}

export const createFollowers = (): Followers => {
	const open = new Set<Promise<unknown>>();
	const workers = new Set<Channel>();
	let asked = Number.NEGATIVE_INFINITY;
	let refused = 0;
	return {
		during: async (decision) => {
			asked = performance.now();
			open.add(decision);
			try {
				return await decision;
			} catch (error) {
				refused++;
				throw error;
			} finally {
				open.delete(decision);
			}
		},
		serves: (worker) => void workers.add(worker),
		settled: async () => {
			if (performance.now() - asked > RE_ASKED_WITHIN) return 0;
			const before = refused;
			// Twice: a question that was on its way is judged behind the first, and its answer is behind the second.
			for (let round = 0; round < 2; round++) {
				// Those that were woken in this turn decide in the next.
				await new Promise((resolve) => setImmediate(resolve));
				await Promise.allSettled(open);
				await new Promise((resolve) => setImmediate(resolve));
				await allHeard(workers);
			}
			return refused - before;
		},
	};
};
