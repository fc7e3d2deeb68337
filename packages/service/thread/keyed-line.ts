import { Problem } from '@keyward/core';
import { BUSY } from './channel.ts';
import { createKeyedMutex, type KeyedMutex } from './keyed-mutex.ts';

interface Waiting {
	/** Null once it was begun, or let go. */
	task: (() => Promise<void>) | null;
	letGo(): void;
}

/**
 * As a keyed mutex, but of one name no more than `most` tasks wait. CR 7.1: one more, and the oldest that waits is let go with all that
 * it holds: who asked for it gets `Problem('service-busy')`.
 */
export const createKeyedLine = (most: number): KeyedMutex => {
	const inTurn = createKeyedMutex();
	const lines = new Map<string, Set<Waiting>>();

	const leave = (name: string, one: Waiting): void => {
		one.task = null;
		const line = lines.get(name);
		line?.delete(one);
		if (line?.size === 0) lines.delete(name);
	};

	const begin = async (name: string, one: Waiting): Promise<void> => {
		const { task } = one;
		if (task === null) return;
		leave(name, one);
		await task();
	};

	return <Value>(name: string, task: () => Promise<Value>): Promise<Value> => {
		const { promise, resolve, reject } = Promise.withResolvers<Value>();
		const one: Waiting = {
			task: () => task().then(resolve, reject),
			letGo: () => reject(new Problem('service-busy', BUSY)),
		};
		const line = lines.get(name) ?? new Set();
		lines.set(name, line.add(one));
		void inTurn(name, () => begin(name, one)).catch(reject);
		const [oldest] = line;
		if (line.size > most && oldest !== undefined) {
			leave(name, oldest);
			oldest.letGo();
		}
		return promise;
	};
};
