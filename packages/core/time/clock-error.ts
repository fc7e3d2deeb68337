import type { Instant } from '../units/instant.ts';
import type { Milliseconds } from '../units/milliseconds.ts';
import type { NtpReply } from './ntp-message.ts';

/** How a clock compared with a source of time, when it was asked. */
export interface ClockReading {
	/** Positive where the clock is behind. */
	readonly offset: Milliseconds;
	/** The true offset is at most so far from that: half the way there and back, and what the source is unsure of. */
	readonly unsure: Milliseconds;
	/** By the clock that was compared. */
	readonly at: Instant;
	/** The same moment on a clock that nobody sets. */
	readonly ticks: Milliseconds;
}

/** What `Date.now()` does not show. */
const RESOLUTION: Milliseconds = 1;

/** RFC 5905 §8. `asked` and `elapsed` by the clock that is compared, the latter not to be set by anybody. */
export const compareClock = (
	{ received, sent, distance }: NtpReply,
	asked: Instant,
	elapsed: Milliseconds,
	ticks: Milliseconds,
): ClockReading => {
	const answered = asked + elapsed;
	const offset = (received - asked + (sent - answered)) / 2;
	const delay = Math.max(0, elapsed - Math.max(0, sent - received));
	return { offset, unsure: delay / 2 + distance + RESOLUTION, at: answered, ticks };
};

/** A crystal that is out by more is broken: RFC 5905 takes 15, oscillators of servers are sold with up to 100. */
const DRIFT = 100e-6;

/**
 * Within what the clock is true now, by what was found then: with what it may have drifted since, and what it was set by. IEC 62443-4-2
 * CR 2.11 RE(1): a clock that is set between two looks is no longer the one that was compared.
 */
export const clockError = (
	{ offset, unsure, at, ticks }: ClockReading,
	now: Instant,
	nowTicks: Milliseconds,
): Milliseconds => {
	const since = Math.max(0, nowTicks - ticks);
	const set = now - at - since;
	return Math.abs(offset - set) + unsure + since * DRIFT;
};
