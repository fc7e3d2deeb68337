import type { StoredLeaf } from './reading-store.ts';

/**
 * Each application's ledger of readings: its leaves and its right edge (`ledger/tree`).
 *
 * Leaves come with the rows that they cover, in one commit (`ReadingStore.append`), and are never changed or taken away. One
 * committer at a time appends; of two, the second's leaf does not continue the ledger and its whole commit is refused.
 */
export interface LedgerStore {
	/** Up to `limit` leaves from `index` on, in order. */
	leaves(application: string, index: number, limit: number): Promise<StoredLeaf[]>;
	/** The right edge last appended; size 0 and no bytes when there is none. */
	edge(application: string): Promise<{ readonly size: number; readonly edge: Uint8Array }>;
}
