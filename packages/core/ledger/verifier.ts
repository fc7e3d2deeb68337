import type { Row, StoredLeaf, StreamState } from '../port/reading-store.ts';
import { Problem } from '../problem/problem.ts';
import type { Checkpoint } from './checkpoint.ts';
import { checkLeaf, type Leaf, type LeafRange, readLeaf } from './leaf.ts';
import { appendLeaf, type Edge, emptyEdge, encodeEdge, leafHash, root, sameBytes } from './tree.ts';

/** What a verifier found. */
export interface LedgerFindings {
	readonly leaves: number;
	/** Rows covered by leaves that agree with them. */
	readonly readings: number;
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
 * Without a checkpoint kept elsewhere it cannot notice that rows, leaves and edge were all made anew.
 */
export class LedgerVerifier {
	readonly #application: string;
	readonly #checkpoints: readonly Checkpoint[];
	readonly #breaks: string[] = [];
	#more = 0;
	#readings = 0;
	#edge: Edge = emptyEdge;
	/** Rows that no leaf covered yet, by stream and cursor. */
	readonly #waiting = new Map<number, Map<number, Row>>();
	#waitingCount = 0;
	/** By stream: the last cursor that a leaf claims, and the name given with the first. */
	readonly #covered = new Map<number, number>();
	readonly #names = new Map<number, { readonly device: string; readonly stream: string }>();

	/** `checkpoints` are earlier ones of this ledger, their signatures verified. */
	constructor(application: string, checkpoints: readonly Checkpoint[] = []) {
		this.#application = application;
		this.#checkpoints = checkpoints;
		for (const { size, root: expected } of checkpoints) {
			if (size === 0 && !sameBytes(root(emptyEdge), expected))
				this.#break('The checkpoint of no leaves has a wrong root.');
		}
	}

	/** Number of leaves added. */
	get size(): number {
		return this.#edge.size;
	}

	/** Number of rows that wait for their leaf. */
	get waiting(): number {
		return this.#waitingCount;
	}

	/** A row of one of the application's streams, or of a stream that the store has no name for. */
	addRow(row: Row): void {
		let rows = this.#waiting.get(row.stream);
		if (!rows) this.#waiting.set(row.stream, (rows = new Map<number, Row>()));
		if (rows.has(row.cursor) || row.cursor <= (this.#covered.get(row.stream) ?? 0)) {
			this.#break(`Row ${row.cursor} of ${this.#nameOf(row.stream)} is there twice, or was put in.`);
			return;
		}
		rows.set(row.cursor, row);
		this.#waitingCount++;
	}

	/** How many of the rows that the leaf covers were not added yet. */
	lacks(stored: StoredLeaf): number {
		const leaf = this.#read(stored);
		let lacking = 0;
		if (leaf instanceof Problem) return lacking;
		for (const { stream, first, last } of leaf.ranges) {
			const rows = this.#waiting.get(stream);
			for (let cursor = first; cursor <= last; cursor++) if (!rows?.has(cursor)) lacking++;
		}
		return lacking;
	}

	/** The next leaf. Rows it covers that were not added by now count as removed. */
	addLeaf(stored: StoredLeaf): void {
		const index = this.#edge.size;
		if (stored.index !== index) this.#break(`Leaf ${index} is missing: leaf ${stored.index} stands in its place.`);
		this.#edge = appendLeaf(this.#edge, leafHash(stored.bytes));
		this.#compareCheckpoints();
		const leaf = this.#read(stored);
		if (leaf instanceof Problem) {
			this.#break(`Leaf ${index} was changed: ${leaf.detail}`);
			return;
		}
		// A leaf of another application's ledger, moved here, would cover rows that are not this ledger's.
		if (leaf.application !== this.#application) this.#break(`Leaf ${index} is of the application ${leaf.application}.`);
		const rows: Row[] = [];
		let whole = true;
		for (const range of leaf.ranges) whole = this.#take(index, range, rows) && whole;
		if (!whole) return;
		if (checkLeaf(leaf, rows)) this.#readings += rows.length;
		else this.#break(`Leaf ${index} does not agree with its rows: ${this.#words(leaf.ranges)} changed.`);
	}

	/** After the last leaf and row: compares with the edge and the application's streams as the store has them. */
	finish(
		stored: { readonly size: number; readonly edge: Uint8Array },
		streams: readonly StreamState[],
	): LedgerFindings {
		const { size } = this.#edge;
		if (stored.size !== size) this.#break(`The ledger has ${size} leaves where ${stored.size} were recorded.`);
		else if (!sameBytes(encodeEdge(this.#edge), stored.edge)) {
			this.#break(`The ${size} leaves do not lead to the recorded edge of the tree.`);
		}
		for (const checkpoint of this.#checkpoints) {
			if (checkpoint.size > size) {
				this.#break(`A checkpoint was signed over ${checkpoint.size} leaves, and ${size} are there.`);
			}
		}
		for (const [stream, rows] of this.#waiting) {
			for (const cursor of rows.keys()) this.#break(`Row ${cursor} of ${this.#nameOf(stream)} is covered by no leaf.`);
		}
		this.#compareStreams(streams);
		const breaks = this.#more > 0 ? [...this.#breaks, `And ${this.#more} more.`] : [...this.#breaks];
		return { leaves: size, readings: this.#readings, root: root(this.#edge), breaks };
	}

	#read({ bytes }: StoredLeaf): Leaf | Problem {
		try {
			return readLeaf(bytes);
		} catch (error) {
			if (error instanceof Problem) return error;
			throw error;
		}
	}

	/** Moves the range's rows to `into`; false when the range itself or one of its rows is wrong. */
	#take(index: number, range: LeafRange, into: Row[]): boolean {
		const { stream, first, last, name } = range;
		if (name) this.#names.set(stream, name);
		const covered = this.#covered.get(stream) ?? 0;
		const follows = first === covered + 1;
		if (!follows) {
			this.#break(`Leaf ${index} covers ${this.#nameOf(stream)} from row ${first}, but row ${covered + 1} is next.`);
		}
		this.#covered.set(stream, Math.max(covered, last));
		const rows = this.#waiting.get(stream) ?? new Map<number, Row>();
		let found = 0;
		// By what is there, not by what the leaf claims: a changed leaf can claim any number of rows.
		for (const [cursor, row] of rows) {
			if (cursor > last) continue;
			rows.delete(cursor);
			this.#waitingCount--;
			if (cursor < first) this.#break(`Row ${cursor} of ${this.#nameOf(stream)} is covered by no leaf.`);
			else {
				into.push(row);
				found++;
			}
		}
		const missing = last - first + 1 - found;
		if (missing > 0) {
			this.#break(`${missing} of rows ${first} to ${last} of ${this.#nameOf(stream)} are missing (leaf ${index}).`);
		}
		return follows && missing === 0;
	}

	#compareCheckpoints(): void {
		for (const { size, root: expected } of this.#checkpoints) {
			if (size === this.#edge.size && !sameBytes(root(this.#edge), expected)) {
				this.#break(`The first ${size} leaves are not those of the signed checkpoint.`);
			}
		}
	}

	#compareStreams(streams: readonly StreamState[]): void {
		const left = new Map(this.#covered);
		for (const { id, application, device, stream, last } of streams) {
			const covered = left.get(id) ?? 0;
			left.delete(id);
			const name = this.#names.get(id);
			const same = name ? name.device === device && name.stream === stream : covered === 0;
			// Rows of one device could be passed off as another's by renaming its stream.
			if (!same || application !== this.#application) {
				this.#break(`${this.#nameOf(id)} is now called ${application}/${device}/${stream}.`);
			}
			if (last !== covered)
				this.#break(`${this.#nameOf(id)} ends at row ${last}, but leaves cover it to row ${covered}.`);
		}
		for (const stream of left.keys()) this.#break(`${this.#nameOf(stream)} is gone.`);
	}

	#words(ranges: readonly LeafRange[]): string {
		const [range] = ranges;
		if (!range) return 'the leaf was';
		const rows = range.first === range.last ? `row ${range.first}` : `a row from ${range.first} to ${range.last}`;
		const others = ranges.length > 1 ? `, a row of ${ranges.length - 1} more streams` : '';
		return `${rows} of ${this.#nameOf(range.stream)}${others} or the leaf was`;
	}

	#nameOf(stream: number): string {
		const name = this.#names.get(stream);
		return name ? `stream ${name.device}/${name.stream}` : `stream number ${stream}`;
	}

	#break(words: string): void {
		if (this.#breaks.length < MOST_BREAKS) this.#breaks.push(words);
		else this.#more++;
	}
}
