import { type Milliseconds, seconds } from '@keyward/core';

/** How often what changed is written. */
const WRITE_EVERY: Milliseconds = seconds(2);

/** Keeps the newest value of each key, and writes those that changed every two seconds in one commit: a crash loses no more. */
export interface BulkWriter<Value> {
	put(key: string, value: Value): void;
	/** Whether a value of this key waits to be written. */
	waits(key: string): boolean;
	/** What waits under this key is not written. */
	drop(key: string): void;
	/** Does it when no write is under way; throws what it throws. */
	between<Result>(work: () => Promise<Result>): Promise<Result>;
	/** Resolves when all that was put before is written, or was reported as not. */
	flush(): Promise<void>;
	/** Writes what is left, and no more. */
	stop(): Promise<void>;
}

/** `write` that fails is reported, and its values go with the next write, but for those of which a newer one came or that were dropped. */
export const createBulkWriter = <Value>(
	write: (values: readonly Value[]) => Promise<void>,
	report: (error: unknown) => void,
): BulkWriter<Value> => {
	let waiting = new Map<string, Value>();
	let underWay = new Map<string, Value>();
	let last: Promise<unknown> = Promise.resolve();

	const writeAll = async (): Promise<void> => {
		if (waiting.size === 0) return;
		[underWay, waiting] = [waiting, new Map<string, Value>()];
		try {
			await write([...underWay.values()]);
		} catch (error) {
			report(error);
			waiting = new Map([...underWay, ...waiting]);
		}
		underWay = new Map<string, Value>();
	};
	const between: BulkWriter<Value>['between'] = (work) => {
		const done = last.then(work);
		last = done.catch(() => undefined);
		return done;
	};
	const flush = (): Promise<void> => between(writeAll);
	const timer = setInterval(() => void flush(), WRITE_EVERY);
	return {
		put: (key, value) => void waiting.set(key, value),
		waits: (key) => waiting.has(key),
		drop: (key) => {
			waiting.delete(key);
			underWay.delete(key);
		},
		between,
		flush,
		stop: async () => {
			clearInterval(timer);
			await flush();
		},
	};
};
