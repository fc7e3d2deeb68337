import type { Instant } from '@keyward/core';
import type { TaintedSpan } from '@keyward/core/incident';
import type { ReadingStore } from '@keyward/core/port';
import type { Streams } from '../ingest/streams.ts';

const PAGE = 1000;

/**
 * What of a device nobody may trust: of each stream all rows from the first that is of that time or later, in the order of their
 * arrival, so that a time of before, told by anyone who had the key then, saves none of them.
 */
export const taintedSpans = async (
	store: Pick<ReadingStore, 'streams' | 'before' | 'read'>,
	streams: Pick<Streams, 'byId'>,
	application: string,
	device: string,
	since: Instant,
): Promise<TaintedSpan[]> => {
	const spans: TaintedSpan[] = [];
	for (const { id, stream, device: of } of await store.streams(application)) {
		if (of !== device) continue;
		const after = await lastBefore(store, id, since);
		const to = streams.byId(id)?.last ?? after;
		if (to > after) spans.push({ id, stream, after, to });
	}
	return spans;
};

const lastBefore = async (
	store: Pick<ReadingStore, 'before' | 'read'>,
	stream: number,
	since: Instant,
): Promise<number> => {
	let after = await store.before(stream, since);
	for (;;) {
		const rows = await store.read(stream, after, PAGE);
		const first = rows.find(({ time }) => time >= since);
		if (first !== undefined) return first.cursor - 1;
		const last = rows.at(-1);
		if (last === undefined) return after;
		after = last.cursor;
	}
};
