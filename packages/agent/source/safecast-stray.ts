import { type Instant, Problem } from '@keyward/core';
import type { NumberedSentence } from './safecast-figure.ts';

type Item = NumberedSentence | Problem;

/**
 * Leaves out of a recording each sentence whose time, with a fix, lies outside those of the sentences around it, which follow each
 * other: `Problem('sentence-void')`. A receiver can say that it has a fix and be 1,024 weeks (a rollover) or a day off. Two of them in
 * a row cannot be told from a recording that begins again.
 */
export async function* withoutStrayTimes(items: AsyncIterable<Item>): AsyncIterable<Item> {
	let before: Instant | null = null;
	let held: NumberedSentence | null = null;
	/** What came after the one that is held. */
	let queue: Item[] = [];
	for await (const item of items) {
		if (item instanceof Problem || item.time === null) {
			if (held === null) yield item;
			else queue.push(item);
			continue;
		}
		if (held !== null && held.time !== null) {
			const { time, line } = held;
			if (before !== null && before <= item.time && (time < before || time > item.time)) {
				yield new Problem('sentence-void', `line ${line}: its time is not between those of the sentences around it`);
			} else {
				yield held;
				before = time;
			}
			yield* queue;
		}
		[held, queue] = [item, []];
	}
	if (held !== null) yield held;
	yield* queue;
}
