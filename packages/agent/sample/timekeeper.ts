import type { Instant } from '@keyward/core';
import type { Clock } from '@keyward/core/port';

/** A clock that can be waited for. */
export interface Timekeeper extends Clock {
	/** Resolves at the moment, or at once when it is past; rejects when aborted. */
	until(moment: Instant, signal: AbortSignal): Promise<void>;
}
