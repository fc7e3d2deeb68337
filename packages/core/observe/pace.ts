import type { Instant } from '../units/instant.ts';
import { days, type Milliseconds } from '../units/milliseconds.ts';

/** How many times as often as its policy's `every` says a stream may send, in the long run. */
export const paceMultiple = 8;
/** Readings that a stream may send at once at any time. */
const burst = 10_000;
/** A device that was away as long as this may send everything that it took meanwhile at once, and more. */
const longestAway: Milliseconds = days(30);

/** What a stream may still send: a bucket that fills with the time. */
export interface Pace {
	/** From the policy; null where it asks nothing (overload-held). */
	every: Milliseconds | null;
	/** Readings. */
	credit: number;
	/** Until when the bucket was filled. */
	at: Instant;
}

const largest = (every: Milliseconds): number => Math.max(burst, (longestAway * paceMultiple) / every);

/** The bucket of a stream that was last heard of at `last`: what its device took since then comes at once. */
export const openPace = (every: Milliseconds | null, last: Instant, now: Instant): Pace => ({
	every,
	credit: every === null ? 0 : Math.min(largest(every), burst + (Math.max(0, now - last) * paceMultiple) / every),
	at: now,
});

/**
 * Whether the stream may have one more reading now, and takes it from the bucket. CR 7.1, CR 7.2: a device that writes as
 * fast as it can fills the disk and every commit; one that drains its outbox after an outage is let.
 */
export const takeOne = (pace: Pace, now: Instant): boolean => {
	const { every } = pace;
	if (every === null) return true;
	if (pace.credit < 1) {
		// A clock that was set back gives nothing, and the bucket fills by it from here on.
		const passed = Math.max(0, now - pace.at);
		pace.credit = Math.min(largest(every), pace.credit + (passed * paceMultiple) / every);
		pace.at = now;
	}
	if (pace.credit < 1) return false;
	pace.credit--;
	return true;
};
