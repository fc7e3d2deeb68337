import type { SqliteStore } from '@keyward/store';
import { REGISTRY } from './checkpoint-files.ts';

/** Leaves of a ledger from an index on, in order. */
export type ReadLeaves = (index: number, limit: number) => Promise<readonly Uint8Array[]>;

export const leavesOf =
	(store: SqliteStore, ledger: string): ReadLeaves =>
	async (index, limit) =>
		ledger === REGISTRY
			? store.log.registry.leaves(index, limit)
			: (await store.leaves(ledger, index, limit)).map(({ bytes }) => bytes);

/** How many there are now. */
export const sizeOf = async (store: SqliteStore, ledger: string): Promise<number> =>
	(ledger === REGISTRY ? store.log.registry.edge() : await store.edge(ledger)).size;
