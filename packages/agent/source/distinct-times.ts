import { type Instant, seconds } from '@keyward/core';
import type { Clock } from '@keyward/core/port';

/**
 * Gives the clock's time to samples that have none of their own, and no two samples of one stream the same: what comes
 * within one millisecond is told apart by giving each the next. A clock that was set back by a second or more is followed.
 */
export const distinctTimes = (clock: Clock): ((stream: string) => Instant) => {
	const latest = new Map<string, Instant>();
	let seen = Number.NEGATIVE_INFINITY;
	return (stream) => {
		const now = clock.now();
		if (now <= seen - seconds(1)) latest.clear();
		seen = now;
		const time = Math.max(now, (latest.get(stream) ?? Number.NEGATIVE_INFINITY) + 1);
		latest.set(stream, time);
		return time;
	};
};
