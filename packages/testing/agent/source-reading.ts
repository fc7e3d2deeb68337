import { Problem } from '@keyward/core';
import type { Sample, Source } from '@keyward/agent';
import { until } from './until.ts';

/** A source being read, with what it gave so far. */
export interface Reading {
	readonly items: (Sample | Problem)[];
	readonly samples: () => Sample[];
	readonly problems: () => Problem[];
	/** Waits until so many samples came. */
	readonly reach: (samples: number) => Promise<void>;
	/** Stops reading; throws what the source threw. */
	readonly stop: () => Promise<void>;
}

/** Reads a source that never ends, beside the test. */
export const take = (source: Source): Reading => {
	const stop = new AbortController();
	const items: (Sample | Problem)[] = [];
	const samples = (): Sample[] => items.flatMap((item) => (item instanceof Problem ? [] : [item]));
	const done = (async () => {
		for await (const item of source.read(stop.signal)) items.push(item);
	})();
	let failed = false;
	done.catch(() => (failed = true));
	return {
		items,
		samples,
		problems: () => items.flatMap((item) => (item instanceof Problem ? [item] : [])),
		reach: async (count) => {
			await until(`${count} samples`, () => failed || samples().length >= count);
			if (failed) await done;
		},
		stop: async () => {
			stop.abort();
			await done;
		},
	};
};
