import { type Instant, type Milliseconds, seconds } from '@keyward/core';
import type { SafecastSentence } from './safecast-sentence.ts';

/** A counter writes a sentence every five seconds, give or take what its loop takes. */
const step = { least: seconds(4), most: seconds(7) } as const;
/** Of a clock that runs on, two sentences in a row may have been lost. */
const longestStep: Milliseconds = seconds(20);

/** The sentence with a fix before a gap, or after it. */
export type Fix = Pick<SafecastSentence, 'counter'> & { readonly time: Instant };

/**
 * The times of the sentences of one recording that stand between two with a GPS fix, in their order; or why they have none. Before
 * the first fix and after the last one of the two is null.
 *
 * Without a fix a receiver's clock runs on from the last, or it is a guess (2000, 2080, the day on which it was built). It is
 * believed where it joins the fixes: each step from sentence to sentence, and from and to the fixes, is one that a counter
 * takes. Else the order alone says it, where exactly as many sentences stand between two fixes as the time between them has room for.
 */
export const dateGap = (
	before: Fix | null,
	gap: readonly SafecastSentence[],
	after: Fix | null,
): readonly Instant[] | string => {
	const counters = new Set([before, ...gap, after].flatMap((one) => (one === null ? [] : [one.counter])));
	if (counters.size > 1) return 'sentences of several counters stand there';
	if (before === null && after === null) return 'no sentence of the recording has one';
	const own = ownTimes(before, gap, after);
	if (own !== null) return own;
	if (before === null) return 'there is none before it, and the counter\u2019s own clock does not lead to the next';
	if (after === null) return 'there is none after it, and the counter\u2019s own clock does not go on from the last';
	const each = (after.time - before.time) / (gap.length + 1);
	if (each < step.least || each > step.most) {
		return `${gap.length} such sentences do not fill the ${Math.round((after.time - before.time) / 1000)} s between two that have one`;
	}
	return gap.map((_, at) => Math.round(before.time + each * (at + 1)));
};

const ownTimes = (
	before: Fix | null,
	gap: readonly SafecastSentence[],
	after: Fix | null,
): readonly Instant[] | null => {
	const times = gap.map(({ guess }) => guess);
	const chain = [...(before === null ? [] : [before.time]), ...times, ...(after === null ? [] : [after.time])];
	let last: Instant | null = null;
	for (const time of chain) {
		if (time === null) return null;
		if (last !== null && (time <= last || time - last > longestStep)) return null;
		last = time;
	}
	return times as readonly Instant[];
};
