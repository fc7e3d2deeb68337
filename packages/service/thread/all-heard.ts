import type { Channel } from './channel.ts';

/** What a thread answers; null where it has ended meanwhile, and serves nobody any more. Throws what a thread that lives answers with. */
export const unlessOver = async <Value>(thread: Channel, asked: Promise<Value>): Promise<Value | null> => {
	try {
		return await asked;
	} catch (error) {
		if (!thread.over()) throw error;
		return null;
	}
};

/** Resolves when each thread that lives has acted on all that it was told. */
export const allHeard = async (threads: Iterable<Channel>): Promise<void> => {
	await Promise.all(Array.from(threads, (thread) => unlessOver(thread, thread.ask('heard', null))));
};
