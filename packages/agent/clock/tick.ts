import type { Instant, Milliseconds } from '@keyward/core';

/** Far before any date: 250,000 years. */
const base = -8e15;
const end = -7e15;

/**
 * A moment by the clock that nobody sets, as a time that a sample can carry: its true time is known later, when the agent
 * dates it. Adding and subtracting milliseconds means the same as with any other time.
 */
export const timeOfTick = (tick: Milliseconds): Instant => base + Math.round(tick);

/** Since the machine was switched on; null for a time that is a date. */
export const tickOfTime = (time: Instant): Milliseconds | null => (time < end ? time - base : null);
