import type { Row, StoredLeaf, StreamState } from '../port/reading-store.ts';
import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import type { Checkpoint } from './checkpoint.ts';
import { type Truncation, isTruncation, readTruncation } from './truncation.ts';
import { Coverage } from './coverage.ts';
import { checkLeaf, type Leaf, type LeafRange, readLeaf } from './leaf.ts';
import type { NoteKey } from './note.ts';
import {
	appendLeaf,
	type CompactRange,
	emptyCompactRange,
	encodeCompactRange,
	leafHash,
	root,
	sameBytes,
} from './tree.ts';

/** What a verifier found. */
export interface LedgerFindings {
	readonly leaves: number;
	/** Rows covered by leaves that agree with them. */
	readonly readings: number;
	/** Rows that are given up by the site's retention and cannot be checked any more; none is of a time from `keptFrom` on. */
	readonly forgotten: number;
	readonly keptFrom: Instant | null;
	/** Merkle tree hash of the leaves as found. */
	readonly root: Uint8Array;
	/** What does not agree, in words; empty when all does. At most {@link MOST_BREAKS}, then how many more. */
	readonly breaks: readonly string[];
}

export const MOST_BREAKS = 100;

/**
 * Checks one application's ledger against the rows it covers: leaves in order of index, rows in any order, though what
 * waits for its leaf is held in memory. Notices a changed, removed, repeated or uncovered row, a changed, removed or
 * reordered leaf, a stream under another name, and an edge or checkpoint that the leaves do not lead to.
 * Without a checkpoint kept elsewhere it cannot notice that rows, leaves and edge were all made again.
 */
export class LedgerVerifier {
	readonly #application: string;
	readonly #checkpoints: readonly Checkpoint[];
	readonly #key: NoteKey | null;
	readonly #breaks: string[] = [];
	#more = 0;
	#readings = 0;
	#edge: CompactRange = emptyCompactRange;
	/** Leaves whose rows are gone, the rows that they claim, and what the ledger itself says may be gone. */
	#goneLeaves = 0;
	#forgotten = 0;
	#allowed: Truncation | null = null;
	readonly #rows = new Coverage((words) => this.#break(words));

	/**
	 * `checkpoints` are earlier ones of this ledger, their signatures verified. `key` is the ledger's: without it nothing
	 * counts as forgotten.
	 */
	constructor(application: string, checkpoints: readonly Checkpoint[] = [], key: NoteKey | null = null) {
		this.#application = application;
		this.#checkpoints = checkpoints;
		this.#key = key;
		for (const { size, root: expected } of checkpoints) {
			if (size === 0 && !sameBytes(root(emptyCompactRange), expected))
				this.#break('The checkpoint of no leaves has a wrong root.');
		}
	}

	/** Number of leaves added. */
	get size(): number {
		return this.#edge.size;
	}

	/** Number of rows that wait for their leaf. */
	get waiting(): number {
		return this.#rows.waiting;
	}

	/** A row of one of the application's streams, or of a stream that the store has no name for. */
	addRow(row: Row): void {
		this.#rows.add(row);
	}

	/** How many of the rows that the leaf covers were not added yet. */
	lacks(stored: StoredLeaf): number {
		if (isTruncation(stored.bytes)) return 0;
		const leaf = this.#read(stored);
		return leaf instanceof Problem ? 0 : this.#rows.lacks(leaf.ranges);
	}

	/** The next leaf. Rows it covers that were not added by now count as removed. */
	addLeaf(stored: StoredLeaf): void {
		const index = this.#edge.size;
		const leaf = this.#grow(stored);
		if (leaf === null) return;
		const rows: Row[] = [];
		let whole = true;
		for (const range of leaf.ranges) whole = this.#rows.take(index, range, rows) && whole;
		if (!whole) return;
		if (checkLeaf(leaf, rows)) this.#readings += rows.length;
		else this.#break(`Leaf ${index} does not agree with its rows: ${this.#words(leaf.ranges)} changed.`);
	}

	/**
	 * The next leaf, whose rows the store has forgotten: its place in the tree and its claims hold, its rows are not
	 * looked for. A signed leaf further on must say that they are forgotten.
	 */
	addForgotten(stored: StoredLeaf): void {
		const index = this.#edge.size;
		const leaf = this.#grow(stored);
		this.#goneLeaves = index + 1;
		for (const range of leaf?.ranges ?? []) this.#forgotten += this.#rows.forget(index, range);
	}

	/**
	 * After the last leaf and row: compares with the edge and the application's streams as the store has them. `settled`:
	 * the store has forgotten nothing since its leaf was added.
	 */
	finish(
		stored: { readonly size: number; readonly edge: Uint8Array },
		streams: readonly StreamState[],
		settled = true,
	): LedgerFindings {
		const { size } = this.#edge;
		if (stored.size !== size) this.#break(`The ledger has ${size} leaves where ${stored.size} were recorded.`);
		else if (!sameBytes(encodeCompactRange(this.#edge), stored.edge)) {
			this.#break(`The ${size} leaves do not lead to the recorded edge of the tree.`);
		}
		for (const checkpoint of this.#checkpoints) {
			if (checkpoint.size > size) {
				this.#break(`A checkpoint was signed over ${checkpoint.size} leaves, and ${size} are there.`);
			}
		}
		// CR 3.9: rows removed by hand must not pass as forgotten.
		const allowed = this.#allowed?.leaves ?? 0;
		if (this.#goneLeaves > allowed) {
			this.#break(
				`The rows of leaves ${allowed} to ${this.#goneLeaves - 1} are gone, and no signed leaf says that they were forgotten.`,
			);
		}
		this.#rows.finish(this.#application, streams, settled);
		const breaks = this.#more > 0 ? [...this.#breaks, `And ${this.#more} more.`] : [...this.#breaks];
		return {
			leaves: size,
			readings: this.#readings,
			forgotten: this.#forgotten,
			keptFrom: this.#goneLeaves > 0 ? (this.#allowed?.before ?? null) : null,
			root: root(this.#edge),
			breaks,
		};
	}

	/** Adds the leaf to the tree. Null when it covers no rows. */
	#grow(stored: StoredLeaf): Leaf | null {
		const before = this.#edge;
		const index = before.size;
		if (stored.index !== index) this.#break(`Leaf ${index} is missing: leaf ${stored.index} stands in its place.`);
		this.#edge = appendLeaf(before, leafHash(stored.bytes));
		this.#compareCheckpoints();
		if (isTruncation(stored.bytes)) {
			this.#allow(index, stored, before);
			return null;
		}
		const leaf = this.#read(stored);
		if (leaf instanceof Problem) {
			this.#break(`Leaf ${index} was changed: ${leaf.detail}`);
			return null;
		}
		// A leaf of another application's ledger, moved here, would cover rows that are not this ledger's.
		if (leaf.application !== this.#application) this.#break(`Leaf ${index} is of the application ${leaf.application}.`);
		return leaf;
	}

	/** What a signed leaf says is forgotten; never less than one before it said. */
	#allow(index: number, { bytes }: StoredLeaf, before: CompactRange): void {
		if (this.#key === null) {
			this.#break(`Leaf ${index} says that rows are forgotten, and the ledger's key is not known here.`);
			return;
		}
		try {
			const said = readTruncation(bytes, this.#key, before);
			if (said.leaves >= (this.#allowed?.leaves ?? 0)) this.#allowed = said;
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			this.#break(`Leaf ${index} does not stand: ${error.detail}`);
		}
	}

	#read({ bytes }: StoredLeaf): Leaf | Problem {
		try {
			return readLeaf(bytes);
		} catch (error) {
			if (error instanceof Problem) return error;
			throw error;
		}
	}

	#compareCheckpoints(): void {
		for (const { size, root: expected } of this.#checkpoints) {
			if (size === this.#edge.size && !sameBytes(root(this.#edge), expected)) {
				this.#break(`The first ${size} leaves are not those of the signed checkpoint.`);
			}
		}
	}

	#words(ranges: readonly LeafRange[]): string {
		const [range] = ranges;
		if (!range) return 'the leaf was';
		const rows = range.first === range.last ? `row ${range.first}` : `a row from ${range.first} to ${range.last}`;
		const others = ranges.length > 1 ? `, a row of ${ranges.length - 1} more streams` : '';
		return `${rows} of ${this.#rows.nameOf(range.stream)}${others} or the leaf was`;
	}

	#break(words: string): void {
		if (this.#breaks.length < MOST_BREAKS) this.#breaks.push(words);
		else this.#more++;
	}
}
