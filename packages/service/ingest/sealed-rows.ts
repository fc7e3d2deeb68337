import { isSequenced, sequenceIdentity } from '@keyward/core/observe';
import type { ReadingStore } from '@keyward/core/port';
import { recalled } from '@keyward/core/seal';
import { epochOf } from './epochs.ts';
import type { LiveStream } from './streams.ts';

/** The owner's rosters of an application as they were signed, the one in force first; the same array until they change. */
export type RostersOf = (application: string) => readonly Uint8Array[];

const none: readonly Uint8Array[] = [];

export const noRosters: RostersOf = () => none;

/** Rows of a sealed stream that its next checkpoint needs. */
export type SealedRows = (stream: LiveStream) => Promise<readonly Uint8Array[]>;

/** The row of a sealed stream's newest epoch and the rows after it that the next checkpoint may cover; none of an open stream. */
export const sealedRows =
	(store: Pick<ReadingStore, 'find'>): SealedRows =>
	async ({ id, nextNewest }) => {
		if (!isSequenced(nextNewest)) return none;
		const epoch = sequenceIdentity(epochOf(nextNewest), 0);
		const wanted = [epoch];
		for (let one = Math.max(epoch + 1, nextNewest - recalled); one <= nextNewest; one++) wanted.push(one);
		const found = await store.find(wanted.map((identity) => ({ stream: id, identity })));
		return found.flatMap((row) => (row === null ? [] : [row.payload]));
	};
