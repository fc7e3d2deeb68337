import type { Milliseconds } from '@keyward/core';

/** Long work in slices. */
export interface Slice {
	/** To be awaited between two steps: resolves at once while the slice lasts, else after everybody else had a turn. */
	next(): Promise<void> | undefined;
}

/** As long as one commit waits for it. */
const length: Milliseconds = 4;

/** CR 7.1: anyone who asks for much waits for it; the others are served between two slices. */
export const createSlice = (): Slice => {
	let began = performance.now();
	return {
		next: () => {
			if (performance.now() - began < length) return undefined;
			return new Promise((resolve) =>
				setImmediate(() => {
					began = performance.now();
					resolve();
				}),
			);
		},
	};
};
