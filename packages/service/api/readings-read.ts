import { mostReadings } from '@keyward/contract';
import type { Answer, ApiDependencies } from './answer.ts';
import { readingView } from './stream-view.ts';

/** That the caller may read the stream was decided before. */
export const readingsRead =
	({ store, streams, cursors }: ApiDependencies): Answer<'readings.read'> =>
	async ({ application, device, stream, after, limit }) => {
		const live = streams.find({ application, device, stream });
		const from = cursors.read(after, live?.last ?? 0);
		const rows = live === undefined ? [] : await store.read(live.id, from, Math.min(limit, mostReadings));
		return { readings: rows.map(readingView(cursors)), next: cursors.write(rows.at(-1)?.cursor ?? from) };
	};
