/** What a leaf of the registry's own ledger covers: one row, by what it is and what it is called. */
export interface CoveredRow {
	readonly kind: string;
	readonly key: string;
	/** SHA-256 of its content; null when there is no such row. */
	readonly state: Uint8Array | null;
}

/**
 * The ledger of the registry: principals, tokens, intents, certificates with their revocations, grants, policies and the
 * audit log. Each transaction that changes any of them adds one leaf, in itself.
 */
export interface RegistryLog {
	/**
	 * Covers what changes from now on, under this secret. With `adopt`, what is there and was never covered is covered now; gives
	 * how many rows. `changed` is told after each leaf.
	 */
	cover(secret: Uint8Array, adopt: boolean, changed: () => void): number;
	/** True when rows are there, and no leaf yet. */
	uncovered(): boolean;
	/** How many leaves there are: it grows with each transaction that changes the registry, before its call resolves. */
	size(): number;
	edge(): { readonly size: number; readonly edge: Uint8Array };
	/** Up to `limit` leaves from `index` on. */
	leaves(index: number, limit: number): Uint8Array[];
	/** Up to `limit` rows as they are, by kind and then in the order of their adding; `after` is what the call before gave as `next`. */
	rows(after: string | null, limit: number): { readonly rows: CoveredRow[]; readonly next: string | null };
	/** The rows of these keys, in one search; of a key without one, what is no row. */
	find(kind: string, keys: readonly string[]): CoveredRow[];
	/** The newest leaf that covers the row as it is, and the row's content; null when there is no such row or leaf. */
	place(kind: string, key: string): { readonly index: number; readonly content: string } | null;
}

/** What a store remembers of checkpoints that lie beside it, so that one that is taken away is missed. */
export interface CheckpointMemory {
	/** By application, the largest size that was signed. */
	signed(): ReadonlyMap<string, number>;
	/** Durable when it returns. */
	remember(application: string, size: number): void;
}
