import type { Row, StreamState } from '../port/reading-store.ts';
import type { LeafRange } from './leaf.ts';

/** What leaves claim of one application's streams, beside the rows and streams as they are. `say` is told what does not agree. */
export class Coverage {
	readonly #say: (words: string) => void;
	/** Rows that no leaf covered yet, by stream and cursor. */
	readonly #waiting = new Map<number, Map<number, Row>>();
	#waitingCount = 0;
	/** By stream: the last cursor that a leaf claims, that of a leaf whose rows are forgotten, and the name given with the first. */
	readonly #covered = new Map<number, number>();
	readonly #forgotten = new Map<number, number>();
	readonly #names = new Map<number, { readonly device: string; readonly stream: string }>();

	constructor(say: (words: string) => void) {
		this.#say = say;
	}

	/** Number of rows that wait for their leaf. */
	get waiting(): number {
		return this.#waitingCount;
	}

	add(row: Row): void {
		let rows = this.#waiting.get(row.stream);
		if (!rows) this.#waiting.set(row.stream, (rows = new Map<number, Row>()));
		if (rows.has(row.cursor) || row.cursor <= (this.#covered.get(row.stream) ?? 0)) {
			this.#say(`Row ${row.cursor} of ${this.nameOf(row.stream)} is there twice, or was put in.`);
			return;
		}
		rows.set(row.cursor, row);
		this.#waitingCount++;
	}

	/** How many of the rows of these ranges were not added yet. */
	lacks(ranges: readonly LeafRange[]): number {
		let lacking = 0;
		for (const { stream, first, last } of ranges) {
			const rows = this.#waiting.get(stream);
			for (let cursor = first; cursor <= last; cursor++) if (!rows?.has(cursor)) lacking++;
		}
		return lacking;
	}

	/** Moves the range's rows to `into`; false when the range itself or one of its rows is wrong. */
	take(index: number, range: LeafRange, into: Row[]): boolean {
		const { stream, first, last } = range;
		const follows = this.#claim(index, range);
		const rows = this.#waiting.get(stream) ?? new Map<number, Row>();
		let found = 0;
		// By what is there, not by what the leaf claims: a changed leaf can claim any number of rows.
		for (const [cursor, row] of rows) {
			if (cursor > last) continue;
			rows.delete(cursor);
			this.#waitingCount--;
			if (cursor < first) this.#say(`Row ${cursor} of ${this.nameOf(stream)} is covered by no leaf.`);
			else {
				into.push(row);
				found++;
			}
		}
		const missing = last - first + 1 - found;
		if (missing > 0) {
			this.#say(`${missing} of rows ${first} to ${last} of ${this.nameOf(stream)} are missing (leaf ${index}).`);
		}
		return follows && missing === 0;
	}

	/** The range's rows are forgotten. Gives how many. */
	forget(index: number, range: LeafRange): number {
		const { stream, first, last } = range;
		this.#claim(index, range);
		this.#forgotten.set(stream, last);
		// Some were read before the rest was forgotten.
		const rows = this.#waiting.get(stream) ?? new Map<number, Row>();
		for (const cursor of rows.keys()) if (cursor <= last && rows.delete(cursor)) this.#waitingCount--;
		return last - first + 1;
	}

	/** After the last leaf and row. `settled`: nothing was forgotten since its leaf was looked at. */
	finish(application: string, streams: readonly StreamState[], settled: boolean): void {
		for (const [stream, rows] of this.#waiting) {
			for (const cursor of rows.keys()) this.#say(`Row ${cursor} of ${this.nameOf(stream)} is covered by no leaf.`);
		}
		const left = new Map(this.#covered);
		for (const { id, application: owner, device, stream, first, last } of streams) {
			const covered = left.get(id) ?? 0;
			left.delete(id);
			const name = this.#names.get(id);
			const same = name ? name.device === device && name.stream === stream : covered === 0;
			// Rows of one device could be passed off as another's by renaming its stream.
			if (!same || owner !== application) this.#say(`${this.nameOf(id)} is now called ${owner}/${device}/${stream}.`);
			if (last !== covered) this.#say(`${this.nameOf(id)} ends at row ${last}, but leaves cover it to row ${covered}.`);
			const begins = (this.#forgotten.get(id) ?? 0) + 1;
			// Readers would not be given rows before it.
			if (settled && first !== begins) {
				this.#say(`${this.nameOf(id)} begins at row ${first}, but is forgotten only before row ${begins}.`);
			}
		}
		for (const stream of left.keys()) this.#say(`${this.nameOf(stream)} is gone.`);
	}

	nameOf(stream: number): string {
		const name = this.#names.get(stream);
		return name ? `stream ${name.device}/${name.stream}` : `stream number ${stream}`;
	}

	/** False when the range does not follow the one before of its stream. */
	#claim(index: number, { stream, first, last, name }: LeafRange): boolean {
		if (name) this.#names.set(stream, name);
		const covered = this.#covered.get(stream) ?? 0;
		const follows = first === covered + 1;
		if (!follows) {
			this.#say(`Leaf ${index} covers ${this.nameOf(stream)} from row ${first}, but row ${covered + 1} is next.`);
		}
		this.#covered.set(stream, Math.max(covered, last));
		return follows;
	}
}
