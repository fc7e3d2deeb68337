import type { StreamName } from '../device/stream-name.ts';
import type { ContentType } from '../observe/content-type.ts';
import type { Identity } from '../observe/identity.ts';
import type { Instant } from '../units/instant.ts';

/** Position in one stream: 1, 2, 3 … in order of arrival, without gaps. 0 is before the first. */
export type Cursor = number;

/** A stream as the store knows it. `id` is small, stable, and the store's own. */
export interface StreamState extends StreamName {
	readonly id: number;
	/** Cursor of the first row kept; one more than `last` when none is. */
	readonly first: Cursor;
	/** Cursor of the last row; 0 when there is none. */
	readonly last: Cursor;
	/** The highest identity stored (the replay window's upper edge); null when there is none. */
	readonly newest: Identity | null;
	/** The latest time of a row; null when there is none. */
	readonly latest: Instant | null;
	/** Sequenced identities up to it may be forgotten, and are not appended any more; null when none is. */
	readonly forgotten: Identity | null;
}

/** One stored record. */
export interface Row {
	readonly stream: number;
	readonly cursor: Cursor;
	readonly identity: Identity;
	/** The record's own time where the service can read it, else when it arrived. */
	readonly time: Instant;
	readonly type: ContentType;
	/** Opaque to the store; as `type` says, or encrypted (`at-rest`). */
	readonly payload: Uint8Array;
	/** Whether the payload is encrypted; left out where it is plain. */
	readonly encrypted?: true;
}

/** What is stored under an identity. */
export type StoredRecord = Pick<Row, 'payload' | 'encrypted'>;

/** A leaf of an application's ledger as stored (RFC 6962 §2.1: hash = SHA-256(0x00 ‖ bytes)). */
export interface StoredLeaf {
	readonly application: string;
	/** 0, 1, 2 … within the application. */
	readonly index: number;
	readonly bytes: Uint8Array;
}

/** What one durable group commit adds. */
export interface Commit {
	/** Cursors continue their streams without a gap; (stream, identity) is new. */
	readonly rows: readonly Row[];
	/** At most one for each application, covering exactly its rows; one of another kind covers none. */
	readonly leaves: readonly StoredLeaf[];
	/** For each application with a leaf, the tree's right edge after it (`ledger/tree`), opaque to the store. */
	readonly edges: readonly { readonly application: string; readonly size: number; readonly edge: Uint8Array }[];
}

/** How far the journal is forgotten. */
export interface RetentionWatermark {
	/** Every row forgotten is of a time before it. */
	readonly before: Instant;
	/** The end of a commit, as `journal` gives it: rows to there are forgotten. */
	readonly position: number;
	/** For each application, how many of its leaves have no rows after that. */
	readonly leaves: ReadonlyMap<string, number>;
}

/** Readings, replay windows and the ledger. */
export interface ReadingStore {
	/** Finds the stream or makes it. Its id is never used for another. */
	openStream(name: StreamName): Promise<StreamState>;
	/** Every stream of an application, or of all, by id. */
	streams(application?: string): Promise<StreamState[]>;
	/** For each identity what is stored under it, or null. Cheap for one above the stream's newest. */
	find(
		identities: readonly { readonly stream: number; readonly identity: Identity }[],
	): Promise<(StoredRecord | null)[]>;
	/**
	 * Adds rows, windows and leaves together, or nothing of them. Resolves when durable. The store keeps no array or
	 * bytes of the commit, so the caller may use them again.
	 * Throws `Problem('store-failed')` when a cursor leaves a gap, an identity exists, a leaf or edge does not continue
	 * its ledger, or the disk refuses; the store is as before then, and can be used.
	 */
	append(commit: Commit): Promise<void>;
	/** Up to `limit` rows after the cursor, in order. Throws `Problem('store-failed')` when one that was appended is not there. */
	read(stream: number, after: Cursor, limit: number): Promise<Row[]>;
	/**
	 * A cursor up to which every row is of an earlier time: what is asked for from a time on is looked for after it. It may be before
	 * the last such row, and is 0 where nothing is known, as of rows whose time only their readers see.
	 */
	before(stream: number, time: Instant): Promise<Cursor>;
	/**
	 * Up to `limit` rows of all streams in the order of their appending, after a position that an earlier call gave as
	 * `next`; 0 is before the first. Gives whatever rows are kept, consistent or not: a verifier reads them here.
	 */
	journal(after: number, limit: number): Promise<{ readonly rows: Row[]; readonly next: number }>;
	/**
	 * Forgets the journal's beginning, whole commits of it, together or not at all. Leaves, edges and cursors stay: the
	 * ledger still proves what is kept, and `read` begins at the first row kept. Rows of a time before `before` cannot be
	 * appended any more, nor sequenced ones up to the highest that is forgotten of their stream. Gives how many rows were
	 * forgotten.
	 * Throws `Problem('store-failed')` when one of them is not of a time before `before`.
	 */
	forget(watermark: RetentionWatermark): Promise<number>;
	/**
	 * What `forget` has done: rows of times before `before` may be gone (null: none is), and how many leaves of each
	 * application have no rows any more. Nothing of such a time may be admitted again (CR 3.1: it could be a replay).
	 */
	forgotten(): Promise<{ readonly before: Instant | null; readonly leaves: ReadonlyMap<string, number> }>;
	/** Up to `limit` leaves from `index` on, in order. */
	leaves(application: string, index: number, limit: number): Promise<StoredLeaf[]>;
	/** The right edge last appended; size 0 and no bytes when there is none. */
	edge(application: string): Promise<{ readonly size: number; readonly edge: Uint8Array }>;
}
