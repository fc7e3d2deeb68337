import type { Milliseconds } from '@keyward/core';

/** Milliseconds by the clock that nobody sets. */
export const monotonic = (): Milliseconds => Number(process.hrtime.bigint() / 1_000_000n);
