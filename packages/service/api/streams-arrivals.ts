import { Problem } from '@keyward/core';
import { contentType } from '@keyward/core/observe';
import type { Row } from '@keyward/core/port';
import { isOpenCheckpoint, readSealedItem } from '@keyward/core/seal';
import type { Answer, ApiDependencies } from './answer.ts';

/** Who looks after devices sees that they send, and nothing of what they say: a grant is for readers alone (CR 2.1). */
export const streamsArrivals =
	({ store, streams, cursors, taints }: ApiDependencies): Answer<'streams.arrivals'> =>
	async ({ application, device, stream, after, limit }) => {
		const live = streams.find({ application, device, stream });
		const begin = cursors.read(after, live?.last ?? 0);
		const rows = live === undefined ? [] : await store.read(live.id, begin, limit);
		return {
			arrivals: rows.map((row) => ({
				cursor: cursors.write(row.cursor),
				time: row.time,
				is: kindOf(row),
				...(taints.has(row.stream, row.cursor) && { tainted: true as const }),
			})),
			next: cursors.write(rows.at(-1)?.cursor ?? begin),
		};
	};

const kindOf = ({ type, payload }: Row): 'open' | 'sealed' | 'epoch' | 'checkpoint' => {
	if (type === contentType.value) return 'open';
	if (isOpenCheckpoint(payload)) return 'checkpoint';
	try {
		const { kind } = readSealedItem(payload);
		return kind === 'epoch' || kind === 'checkpoint' ? kind : 'sealed';
	} catch (error) {
		// What nobody can open is a sealed reading to a caller who may not see it.
		if (error instanceof Problem) return 'sealed';
		throw error;
	}
};
