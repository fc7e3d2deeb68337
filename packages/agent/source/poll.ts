import { setTimeout as sleep } from 'node:timers/promises';
import { type Instant, type Milliseconds, Problem } from '@keyward/core';
import type { Clock } from '@keyward/core/port';
import { distinctTimes } from './distinct-times.ts';
import type { Sample } from '../sample/source.ts';

/** What a sensor gave just now, or at a time that it says. */
export type Measurement = Omit<Sample, 'time'> & { readonly time?: Instant };

export interface PollOptions {
	readonly every: Milliseconds;
	readonly clock: Clock;
}

/**
 * Asks a round of sensors every so long, until aborted. A measurement's time is the clock's when it came. The beat is
 * kept by a clock that nobody sets; a round that takes longer than a beat lets the beats in between pass.
 */
export async function* poll(
	{ every, clock }: PollOptions,
	round: () => AsyncIterable<Measurement | Problem>,
	signal: AbortSignal,
): AsyncIterable<Sample | Problem> {
	const timeOf = distinctTimes(clock);
	const start = performance.now();
	for (let beat = 0; !signal.aborted;) {
		for await (const item of round()) {
			if (signal.aborted) return;
			yield item instanceof Problem ? item : { ...item, time: item.time ?? timeOf(item.stream) };
		}
		const passed = performance.now() - start;
		// The beat after this one, even when the timer came a little early.
		beat = Math.max(beat + 1, Math.ceil(passed / every));
		await sleep(beat * every - passed, undefined, { signal }).catch(() => {});
	}
}

const longestTimer: Milliseconds = 2 ** 31 - 1;

/** Refuses a span that no timer can keep, with `Problem('source-malformed')`; `what` is how the sentence begins. */
export const checkSpan = (what: string, span: Milliseconds): void => {
	if (!(span >= 1 && span <= longestTimer)) throw new Problem('source-malformed', `${what} 1 ms to 24 d`);
};
