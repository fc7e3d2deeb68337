import { type Instant, Problem } from '@keyward/core';

/** A line of a recording and the time that it says; null where it says none. */
interface Dated {
	readonly time: Instant | null;
	readonly line: number;
}

/**
 * Leaves out of a recording each line whose time lies outside those of the lines around it, which follow each other:
 * `Problem('sentence-void')`. A GPS receiver can be 1,024 weeks (a rollover) or a day off, and a logger that lost its power begin at
 * 2000. Two of them in a row cannot be told from a recording that begins again.
 */
export async function* withoutStrayTimes<Line extends Dated>(
	items: AsyncIterable<Line | Problem>,
	say: (line: number) => string,
): AsyncIterable<Line | Problem> {
	let before: Instant | null = null;
	/** Whether the latest come first. */
	let descends = false;
	let held: (Line & { readonly time: Instant }) | null = null;
	/** What came after the one that is held. */
	let queue: (Line | Problem)[] = [];
	try {
		for await (const item of items) {
			if (item instanceof Problem || item.time === null) {
				if (held === null) yield item;
				else queue.push(item);
				continue;
			}
			if (held !== null) {
				const { time, line } = held;
				if (before !== null && isStray(time, descends ? [item.time, before] : [before, item.time])) {
					yield new Problem('sentence-void', say(line));
				} else {
					yield held;
					if (before !== null && before !== time) descends = time < before;
					before = time;
				}
				yield* queue;
			}
			[held, queue] = [{ ...item, time: item.time }, []];
		}
	} catch (error) {
		// The file stops here; what came before is good.
		if (held !== null) yield held;
		yield* queue;
		throw error;
	}
	if (held !== null) yield held;
	yield* queue;
}

const isStray = (time: Instant, [from, to]: readonly [Instant, Instant]): boolean =>
	from <= to && (time < from || time > to);
