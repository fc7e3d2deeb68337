import type { Milliseconds } from '@keyward/core';

const shortest: Milliseconds = 500;

/**
 * How long to wait before try number `attempt` (0 is the first after a failure): doubling up to `longest`, and between
 * half and all of that by `chance` (0 to 1), so that a fleet that was cut off together does not come back together.
 */
export const backOff = (attempt: number, longest: Milliseconds, chance: number): Milliseconds => {
	const span = Math.min(longest, shortest * 2 ** Math.min(attempt, 30));
	return Math.round(span * (0.5 + 0.5 * chance));
};
