import type { ReadingStore, Row, Store } from '@keyward/core/port';
import type { DataKeys } from './data-keys.ts';

/** Stands for a record whose key was destroyed: no record of a device has these bytes, so nothing is taken for it again. */
const ERASED = new Uint8Array(0);

/**
 * A store whose `find` and `read` give what was sent, out of what is encrypted. All else is the store's, `append` and `journal` too:
 * what they take and give is covered by the ledger as it lies there.
 */
export const encryptedStore = <Whole extends Store>(store: Whole, keys: Pick<DataKeys, 'decrypt'>): Whole => {
	const find: ReadingStore['find'] = async (places) => {
		const found = await store.find(places);
		return places.map((place, index) => {
			const one = found[index] ?? null;
			if (one?.encrypted !== true) return one;
			// replay-refused (CR 3.1): what was erased is not taken a second time.
			return { payload: keys.decrypt(one.payload, place) ?? ERASED };
		});
	};
	/** Rows whose key was destroyed are passed over; what is there for the reader comes, wherever it begins. */
	const read: ReadingStore['read'] = async (stream, after, limit) => {
		let from = after;
		for (;;) {
			const page = await store.read(stream, from, limit);
			const rows: Row[] = [];
			for (const { encrypted, ...row } of page) {
				const payload = encrypted === true ? keys.decrypt(row.payload, row) : row.payload;
				if (payload !== null) rows.push({ ...row, payload });
			}
			const last = page.at(-1);
			if (rows.length > 0 || last === undefined) return rows;
			from = last.cursor;
		}
	};
	// Behind it stands the store itself, so that a closed one says so.
	return Object.assign(Object.create(store) as Whole, { find, read });
};
