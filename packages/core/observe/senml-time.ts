import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';

/** Below this many seconds a SenML time is relative to now (RFC 8428 §4.5.3). */
const ABSOLUTE_FROM = 2 ** 28;
/** The year 10000, where ISO 8601 as people write it ends. */
const ABSOLUTE_TO = 253_402_300_800;

/**
 * The moment that a resolved SenML time names. A relative time counts from `now` (RFC 8428 §4.5.3) where there is one.
 * Throws `Problem('reading-time-missing')` where there is none: anyone who delays the message could re-date the reading.
 * `seconds` is null for a record that has no time. Throws `Problem('reading-time-impossible')` beyond the year 9999. A finer fraction, as Python's
 * `time.time()` gives it, is rounded: a reading is known by its millisecond.
 */
export const instantOfSenml = (seconds: number | null, now: Instant | null): Instant => {
	if (seconds === null || isRelative(seconds)) {
		if (now !== null) return relative(seconds ?? 0, now);
		throw new Problem(
			'reading-time-missing',
			seconds === null
				? 'a reading needs an absolute time: t in seconds since 1970'
				: `t is ${seconds}: a time before the device existed is no time, and below ${ABSOLUTE_FROM} (in 1978) it is one relative to now (RFC 8428), which anyone could re-date; set the device's clock, and send t in seconds since 1970`,
		);
	}
	const time = Math.round(seconds * 1000);
	if (time >= ABSOLUTE_TO * 1000) {
		throw new Problem('reading-time-impossible', 't is beyond the year 9999; it is in seconds since 1970');
	}
	return time;
};

/** Whether a SenML time counts from now (RFC 8428 §4.5.3). */
export const isRelative = (seconds: number): boolean => seconds < ABSOLUTE_FROM;

const relative = (seconds: number, now: Instant): Instant => {
	const time = Math.round(now + seconds * 1000);
	if (time >= ABSOLUTE_FROM * 1000) return time;
	throw new Problem('reading-time-impossible', 't is further back than any sensor could have taken it');
};

/** The SenML time of a moment, in seconds. */
export const senmlOfInstant = (time: Instant): number => time / 1000;
