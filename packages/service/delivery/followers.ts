import { type Milliseconds, seconds } from '@keyward/core';
import type { Channel } from '../thread/channel.ts';

/** A stream that stands has asked within this time (`answerFollow`): where none has, no worker is waited for. */
const RE_ASKED_WITHIN: Milliseconds = seconds(30);

/** The questions of event streams that are under way, so that whoever ends a right can wait until it is felt. */
export interface Followers {
	/** Follows one question to its answer. */
	during<Value>(answer: Promise<Value>): Promise<Value>;
	/** A listener's worker that has event streams. */
	serves(worker: Channel): void;
	/** Resolves when every question of now is answered, and its worker has acted on the answer. Gives how many were refused. */
	settled(): Promise<number>;
}

export const createFollowers = (): Followers => {
	const open = new Set<Promise<unknown>>();
	const workers = new Set<Channel>();
	let asked = Number.NEGATIVE_INFINITY;
	return {
		during: async (answer) => {
			asked = performance.now();
			open.add(answer);
			try {
				return await answer;
			} finally {
				open.delete(answer);
			}
		},
		serves: (worker) => void workers.add(worker),
		settled: async () => {
			if (open.size === 0 && performance.now() - asked > RE_ASKED_WITHIN) return 0;
			const answers = await Promise.allSettled(open);
			// Twice: a question that was on its way is judged behind the first, and its answer is behind the second.
			for (let round = 0; round < 2; round++) {
				await new Promise((resolve) => setImmediate(resolve));
				await Promise.all(Array.from(workers, (worker) => worker.ask('heard', null)));
			}
			return answers.filter(({ status }) => status === 'rejected').length;
		},
	};
};
