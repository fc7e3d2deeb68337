import { cursorFault, readCursor, writeCursor } from '@keyward/contract/cursor';
import { Problem } from '@keyward/core';
import type { Cursor, GenerationStore } from '@keyward/core/port';

/**
 * Cursors as readers keep them. After a restore the store gives the same positions to other readings: a cursor says of which
 * generation it is, and one of another is never taken for a place in this one (readings would be lost in silence).
 */
export interface Cursors {
	write(position: Cursor): string;
	/**
	 * The place that it means in a stream that ends at `last`. 0 is the start in every generation; another position alone is refused,
	 * since nobody can tell of which generation it is.
	 * Throws `Problem('cursor-outdated')`, and `Problem('request-malformed')` for what is no cursor.
	 */
	read(asked: string | number, last: Cursor): Cursor;
}

const HOW =
	'Begin again with 0 and pass over the readings whose time you have; the cursor of each answer is good to go on from.';

export const openCursors = async (store: GenerationStore): Promise<Cursors> => {
	const { id, backup } = await store.generation();
	const write = (position: Cursor): string => writeCursor(id, position);
	const own = readCursor(write(0))?.generation;

	const outdated = (asked: string | number, why: string): Problem =>
		new Problem('cursor-outdated', `The cursor ${asked} is of no use any more: ${why} ${HOW}`);

	return {
		write,
		read: (asked, last) => {
			const fault = cursorFault(String(asked));
			const found = readCursor(String(asked));
			if (fault !== null || found === null) throw new Problem('request-malformed', `after ${fault}`);
			const { generation, position } = found;
			if (generation === null) return 0;
			if (generation !== own)
				throw outdated(
					asked,
					backup === null
						? 'another site gave it.'
						: `the site was restored from the backup of ${new Date(backup).toISOString()}, and what was stored after that is not here.`,
				);
			// A data folder that was set back by hand keeps its generation, but a cursor is given for a stored reading alone.
			if (position > last)
				throw outdated(
					asked,
					`the stream ends at ${write(last)}. Its data may have been set back to an earlier state.`,
				);
			return position;
		},
	};
};
