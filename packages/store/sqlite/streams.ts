import type { StreamName, StreamState } from '@keyward/core/port';
import { number, only, orNull, text } from './columns.ts';
import type { Database } from './database.ts';

/**
 * Rows that may wait to be settled: what an open after a crash reads again (measured: 0.13 s). Settling 2,000 streams
 * takes a commit several milliseconds longer, so it is done seldom.
 */
const SETTLE_AFTER = 131_072;

const finite = (value = -Infinity): number | null => (value === -Infinity ? null : value);

const key = ({ application, device, stream }: StreamName): string => `${application}\n${device}\n${stream}`;

/** Every stream's name and end, in memory by id: what an append needs to know of them. */
export class Streams {
	readonly #db: Database;
	readonly #insert;
	readonly #update;
	readonly #settle;
	readonly #names: (StreamName | undefined)[] = [];
	readonly #ids = new Map<string, number>();
	/** By id: cursor and position of the last row, 0 for none, NaN where there is no stream. */
	last = new Float64Array(64).fill(NaN);
	position = new Float64Array(64);
	/** By id: the highest identity and the latest time, −∞ for none. */
	newest = new Float64Array(64).fill(-Infinity);
	latest = new Float64Array(64).fill(-Infinity);
	/** By id: up to where sequenced identities may be forgotten, −∞ for none. */
	forgotten = new Float64Array(64).fill(-Infinity);
	/** By id: cursor of the first row kept; one more than the last where none is. */
	first = new Float64Array(64).fill(1);
	/** Position of the last row of all. */
	end = 0;

	/** The streams that the open transaction changed, with what they were, and when each was last put there. */
	#transaction = 1;
	#changedIn = new Float64Array(64);
	/** Five numbers for each: id, last, position, newest, latest. */
	#undo: number[] = [];
	#endBefore = 0;
	/** Ids of streams that changed since they were settled; each once, as `#unsettledMark` says. */
	#unsettled: number[] = [];
	#unsettledMark = new Uint8Array(64);
	#settledEnd = 0;

	constructor(db: Database) {
		this.#db = db;
		this.#insert = db.sql.prepare('INSERT INTO stream (application, device, stream) VALUES (?, ?, ?)');
		this.#update = db.sql.prepare('UPDATE stream SET last = ?, newest = ?, latest = ?, position = ? WHERE id = ?');
		this.#settle = db.sql.prepare('UPDATE settled SET position = ?');
		this.#load();
	}

	open(name: StreamName): StreamState {
		const known = this.#ids.get(key(name));
		if (known !== undefined) return this.state(known);
		const { application, device, stream } = name;
		const id = this.#db.write('open a stream', () =>
			Number(this.#insert.run(application, device, stream).lastInsertRowid),
		);
		this.#add(id, { application, device, stream });
		return this.state(id);
	}

	state(id: number): StreamState {
		const { application = '', device = '', stream = '' } = this.#names[id] ?? {};
		return {
			...{ id, application, device, stream },
			first: this.first[id] ?? 1,
			last: this.last[id] ?? 0,
			newest: finite(this.newest[id]),
			latest: finite(this.latest[id]),
			forgotten: finite(this.forgotten[id]),
		};
	}

	all(application?: string): StreamState[] {
		const states: StreamState[] = [];
		for (const [id, name] of this.#names.entries()) {
			if (name && (application === undefined || name.application === application)) states.push(this.state(id));
		}
		return states;
	}

	/** Moves the end of a stream in the open transaction. */
	advance(id: number, last: number, position: number, newest: number, time: number): void {
		if (this.#changedIn[id] !== this.#transaction) {
			this.#changedIn[id] = this.#transaction;
			this.#undo.push(
				...[id, this.last[id] ?? 0, this.position[id] ?? 0, this.newest[id] ?? -Infinity, this.latest[id] ?? -Infinity],
			);
		}
		this.last[id] = last;
		this.position[id] = position;
		this.newest[id] = newest;
		if (time > (this.latest[id] ?? -Infinity)) this.latest[id] = time;
		this.end = position;
	}

	/** Before the transaction commits: settles when enough rows wait, or in any case. */
	settle(always = false): boolean {
		if (this.end - this.#settledEnd < (always ? 1 : SETTLE_AFTER)) return false;
		const ids = [...this.#unsettled, ...this.#changed()].toSorted((a, b) => a - b);
		for (const [i, id] of ids.entries()) {
			if (id === ids[i - 1]) continue;
			const { last, newest, latest } = this.state(id);
			this.#update.run(last, newest, latest, this.position[id] ?? 0, id);
		}
		this.#settle.run(this.end);
		return true;
	}

	/** After the transaction. */
	committed(settled: boolean): void {
		if (settled) {
			this.#unsettled = [];
			this.#unsettledMark.fill(0);
			this.#settledEnd = this.end;
		} else for (const id of this.#changed()) this.#addUnsettled(id);
		this.#next();
	}

	rolledBack(): void {
		const undo = this.#undo;
		for (let i = 0; i < undo.length; i += 5) {
			const id = undo[i] ?? 0;
			this.last[id] = undo[i + 1] ?? 0;
			this.position[id] = undo[i + 2] ?? 0;
			this.newest[id] = undo[i + 3] ?? -Infinity;
			this.latest[id] = undo[i + 4] ?? -Infinity;
		}
		this.end = this.#endBefore;
		this.#next();
	}

	#addUnsettled(id: number): void {
		if (this.#unsettledMark[id] === 1) return;
		this.#unsettledMark[id] = 1;
		this.#unsettled.push(id);
	}

	*#changed(): Generator<number> {
		for (let i = 0; i < this.#undo.length; i += 5) yield this.#undo[i] ?? 0;
	}

	#next(): void {
		this.#undo = [];
		this.#endBefore = this.end;
		this.#transaction++;
	}

	#load(): void {
		const { sql } = this.#db;
		for (const row of sql.prepare('SELECT * FROM stream ORDER BY id').iterate()) {
			const id = number(row, 'id');
			this.#add(id, {
				application: text(row, 'application'),
				device: text(row, 'device'),
				stream: text(row, 'stream'),
			});
			this.first[id] = number(row, 'first');
			this.last[id] = number(row, 'last');
			const newest = (this.newest[id] = orNull(number, row, 'newest') ?? -Infinity);
			this.latest[id] = orNull(number, row, 'latest') ?? newest;
			this.forgotten[id] = orNull(number, row, 'forgotten') ?? -Infinity;
			this.position[id] = number(row, 'position');
		}
		const settled = only(sql.prepare('SELECT position FROM settled').get(), 'settled');
		this.#settledEnd = this.end = number(settled, 'position');
		const since = sql.prepare(
			'SELECT position, stream, cursor, identity, time FROM reading WHERE position > ? ORDER BY position',
		);
		for (const row of since.iterate(this.#settledEnd)) {
			const id = number(row, 'stream');
			this.end = number(row, 'position');
			// A row of no known stream is for the ledger's verifier to report, not a reason to stay shut.
			if (!this.#names[id]) continue;
			this.last[id] = number(row, 'cursor');
			this.position[id] = this.end;
			const identity = number(row, 'identity');
			this.newest[id] = Math.max(this.newest[id] ?? -Infinity, identity);
			this.latest[id] = Math.max(this.latest[id] ?? -Infinity, orNull(number, row, 'time') ?? identity);
			this.#addUnsettled(id);
		}
		this.#endBefore = this.end;
	}

	#add(id: number, name: StreamName): void {
		if (id >= this.last.length) this.#grow(2 * id);
		this.#names[id] = name;
		this.#ids.set(key(name), id);
		this.last[id] = 0;
	}

	#grow(length: number): void {
		const grown = (old: Float64Array, fill: number): Float64Array<ArrayBuffer> => {
			const array = new Float64Array(length).fill(fill);
			array.set(old);
			return array;
		};
		this.last = grown(this.last, NaN);
		this.position = grown(this.position, 0);
		this.newest = grown(this.newest, -Infinity);
		this.latest = grown(this.latest, -Infinity);
		this.forgotten = grown(this.forgotten, -Infinity);
		this.first = grown(this.first, 1);
		this.#changedIn = grown(this.#changedIn, 0);
		const mark = new Uint8Array(length);
		mark.set(this.#unsettledMark);
		this.#unsettledMark = mark;
	}
}
