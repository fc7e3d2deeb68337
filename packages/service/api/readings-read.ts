import { mostReadings } from '@keyward/contract/cursor';
import type { Cursor, Row, Store } from '@keyward/core/port';
import type { Answer, ApiDependencies } from './answer.ts';
import { readingView } from './stream-view.ts';

/** Rows that one answer looks at for a span of time: late ones may be anywhere, and anyone who asks waits for this many at most (CR 7.1). */
const mostLooked = 10 * mostReadings;

/** That the caller may read the stream was decided before. */
export const readingsRead =
	({ store, streams, cursors, taints }: ApiDependencies): Answer<'readings.read'> =>
	async ({ application, device, stream, after, limit, from, to }) => {
		const live = streams.find({ application, device, stream });
		const begin = cursors.read(after, live?.last ?? 0);
		const most = Math.min(limit, mostReadings);
		const span =
			from === undefined && to === undefined ? null : { from: from ?? 0, to: to ?? Number.POSITIVE_INFINITY };
		if (live === undefined) return { readings: [], next: cursors.write(begin) };
		const { rows, next } =
			span === null
				? inOrder(await store.read(live.id, begin, most), begin)
				: await ofSpan(store, live.id, begin, most, span);
		return { readings: rows.map(readingView(cursors, taints)), next: cursors.write(next) };
	};

interface Found {
	readonly rows: readonly Row[];
	/** The last row that was looked at. */
	readonly next: Cursor;
}

const inOrder = (rows: readonly Row[], begin: Cursor): Found => ({ rows, next: rows.at(-1)?.cursor ?? begin });

const ofSpan = async (
	store: Pick<Store, 'read' | 'before'>,
	stream: number,
	begin: Cursor,
	most: number,
	{ from, to }: { readonly from: number; readonly to: number },
): Promise<Found> => {
	const rows: Row[] = [];
	const start = Math.max(begin, await store.before(stream, from));
	let next = start;
	while (rows.length < most && next - start < mostLooked) {
		const looked = await store.read(stream, next, mostReadings);
		if (looked.length === 0) break;
		for (const row of looked) {
			next = row.cursor;
			if (row.time >= from && row.time < to) rows.push(row);
			if (rows.length >= most) break;
		}
	}
	return { rows, next };
};
