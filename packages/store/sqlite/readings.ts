import { Problem } from '@keyward/core';
import { type ContentType, contentType, type Identity, isContentType, isSequenced } from '@keyward/core/observe';
import type { Cursor, ReadingStore, Row, StoredRecord } from '@keyward/core/port';
import { bytes, type Columns, number, orNull } from './columns.ts';
import { ENCRYPTED, isEncrypted } from './data-keys.ts';
import type { Database } from './database.ts';
import { RetentionWatermarks } from './watermarks.ts';
import { Ledgers } from './ledgers.ts';
import { Streams } from './streams.ts';

/** Every so many rows of a stream have a mark; streams take turns, or all would mark in the same commit. */
const MARK_EVERY = 64;
/** Rows of one INSERT, largest first; one statement for many rows is the faster. */
const BATCHES = [64, 32, 16, 8, 4, 2, 1] as const;
/** Nearly every row is a value with its time: it needs no more than its type. */
const COLUMNS = 7;
/** Pages given back after a step of forgetting: about 5 ms of moving pages (measured: 25 µs a page). */
const GIVE_BACK = 200;

const toRow = (row: Columns): Row => {
	const identity = number(row, 'identity');
	const type = number(row, 'type');
	return {
		stream: number(row, 'stream'),
		cursor: number(row, 'cursor'),
		identity,
		time: orNull(number, row, 'time') ?? identity,
		type: typeOf(type & ~ENCRYPTED),
		...toRecord(row),
	};
};

const toRecord = (row: Columns): StoredRecord => {
	const payload = bytes(row, 'record');
	return isEncrypted(number(row, 'type')) ? { payload, encrypted: true } : { payload };
};

const typeOf = (code: number): ContentType => {
	if (isContentType(code)) return code;
	throw new Problem('store-failed', `A record is of the unknown content type ${code}. Run keyward ledger verify.`);
};

const lost = (stream: number, cursor: Cursor): Problem =>
	new Problem(
		'store-failed',
		`Row ${cursor} of stream number ${stream} is not where it was put. Run keyward ledger verify, and restore a backup.`,
	);

/** The journal of `schema.ts` as a ReadingStore. `settle` before the database closes. */
export const sqliteReadings = (db: Database): { readonly port: ReadingStore; settle(): void } => {
	const { sql } = db;
	const streams = new Streams(db);
	const ledgers = new Ledgers(db);
	const watermarks = new RetentionWatermarks(db, streams, MARK_EVERY);
	const inserts = BATCHES.map((size) => ({
		size,
		statement: sql.prepare(
			`INSERT INTO reading (position, stream, cursor, back, identity, record, type) VALUES ${Array(size).fill('(?, ?, ?, ?, ?, ?, ?)').join(', ')}`,
		),
	}));
	const insertOther = sql.prepare(
		'INSERT INTO reading (position, stream, cursor, back, identity, record, time, type) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
	);
	const insertMark = sql.prepare('INSERT INTO mark (stream, cursor, newest, position) VALUES (?, ?, ?, ?)');
	const insertLate = sql.prepare('INSERT INTO late (stream, identity, position) VALUES (?, ?, ?)');
	const markAt = sql.prepare('SELECT newest, position FROM mark WHERE stream = ? AND cursor = ?');
	const lateAt = sql.prepare(
		'SELECT record, type FROM late JOIN reading USING (position) WHERE late.stream = ? AND late.identity = ?',
	);
	const linkAt = sql.prepare('SELECT back, stream, cursor, identity FROM reading WHERE position = ?');
	const rowAt = sql.prepare(
		'SELECT back, stream, cursor, identity, time, type, record FROM reading WHERE position = ?',
	);
	const journal = sql.prepare(
		'SELECT position, stream, cursor, identity, time, type, record FROM reading WHERE position > ? ORDER BY position LIMIT ?',
	);

	const mark = (stream: number, cursor: Cursor): { newest: number; position: number } => {
		const row = markAt.get(stream, cursor);
		if (!row) throw lost(stream, cursor);
		return { newest: number(row, 'newest'), position: number(row, 'position') };
	};

	/**
	 * A row of a stream, with or without its record. The links between rows are in no ledger: a changed one must not pass
	 * off another row as this, so each is checked.
	 */
	const at = (statement: typeof rowAt, stream: number, cursor: Cursor, position: number): Columns => {
		const row = statement.get(position);
		if (row?.['stream'] !== stream || row['cursor'] !== cursor) throw lost(stream, cursor);
		return row;
	};

	/**
	 * What is stored under an identity that is not above the stream's newest. A row that came in order of identity is between
	 * the last mark whose newest is below its own and the next one.
	 */
	const locate = (stream: number, identity: Identity): StoredRecord | null => {
		const late = lateAt.get(stream, identity);
		if (late) return toRecord(late);
		const last = streams.last[stream] ?? 0;
		const firstMark = MARK_EVERY - (stream % MARK_EVERY);
		const first = streams.first[stream] ?? 1;
		const skipped = Math.max(0, Math.ceil((first - firstMark) / MARK_EVERY));
		let low = skipped;
		let high = Math.max(0, Math.floor((last - firstMark) / MARK_EVERY) + 1);
		let to = last;
		let from = streams.position[stream] ?? 0;
		while (low < high) {
			const middle = Math.floor((low + high) / 2);
			const cursor = firstMark + middle * MARK_EVERY;
			const { newest, position } = mark(stream, cursor);
			if (newest < identity) low = middle + 1;
			else {
				high = middle;
				to = cursor;
				from = position;
			}
		}
		const after = low === skipped ? first - 1 : firstMark + (low - 1) * MARK_EVERY;
		for (let cursor = to, position = from; cursor > after; cursor--) {
			const link = at(linkAt, stream, cursor, position);
			if (link['identity'] === identity) return toRecord(at(rowAt, stream, cursor, position));
			position -= number(link, 'back');
		}
		return null;
	};

	const insertRows = (rows: readonly Row[]): void => {
		const batch: (number | Uint8Array)[] = [];
		const flush = (): void => {
			let at = 0;
			for (const { size, statement } of inserts) {
				for (const width = size * COLUMNS; batch.length - at >= width; at += width) {
					statement.run(...(at === 0 && batch.length === width ? batch : batch.slice(at, at + width)));
				}
			}
			batch.length = 0;
		};
		let position = streams.end;
		for (const { stream, cursor, identity, time, type, payload, encrypted } of rows) {
			const last = streams.last[stream] ?? NaN;
			let newest = streams.newest[stream] ?? NaN;
			const before = streams.position[stream] ?? 0;
			// catalogue: replay-refused. What stood under a forgotten identity is not known any more: it could be a replay.
			if (time < watermarks.before || (isSequenced(identity) && identity <= (streams.forgotten[stream] ?? NaN))) {
				throw new Problem('store-failed', `Readings of the time ${time} are forgotten.`);
			}
			if (cursor !== last + 1) {
				throw new Problem('store-failed', `Row ${cursor} does not follow row ${last} of stream number ${stream}.`);
			}
			position++;
			if (identity > newest) newest = identity;
			else {
				flush();
				// catalogue: replay-refused. The last line against a reading stored twice, should admission have let it by.
				if (locate(stream, identity)) {
					throw new Problem('store-failed', `Stream number ${stream} has a reading of identity ${identity} already.`);
				}
				insertLate.run(stream, identity, position);
			}
			const back = before === 0 ? 0 : position - before;
			const stored = encrypted === true ? type | ENCRYPTED : type;
			if (type === contentType.value && time === identity) {
				batch.push(position, stream, cursor, back, identity, payload, stored);
				if (batch.length === BATCHES[0] * COLUMNS) flush();
			} else {
				flush();
				if (!Number.isSafeInteger(time)) throw new Problem('store-failed', 'A reading has no whole time.');
				insertOther.run(position, stream, cursor, back, identity, payload, time, stored);
			}
			if ((cursor + stream) % MARK_EVERY === 0) insertMark.run(stream, cursor, newest, position);
			streams.advance(stream, cursor, position, newest, time);
		}
		flush();
	};

	const port: ReadingStore = {
		openStream: async (name) => streams.open(name),
		streams: async (application) => streams.all(application),

		find: async (identities) =>
			db.read('look up readings', () =>
				identities.map(({ stream, identity }) =>
					identity <= (streams.newest[stream] ?? -Infinity) ? locate(stream, identity) : null,
				),
			),

		append: async (commit) => {
			try {
				const settled = db.write('append readings', () => {
					insertRows(commit.rows);
					ledgers.append(commit);
					return streams.settle();
				});
				streams.committed(settled);
				ledgers.committed();
			} catch (error) {
				streams.rolledBack();
				ledgers.rolledBack();
				throw error;
			}
		},

		read: async (stream, after, limit) =>
			db.read('read a stream', () => {
				const last = streams.last[stream] ?? NaN;
				const start = Math.max(after, (streams.first[stream] ?? 1) - 1);
				const to = Math.min(start + limit, last);
				// Also for a stream that is not there, whose last is NaN.
				if (!(to > start)) return [];
				const marked = to + ((MARK_EVERY - ((to + stream) % MARK_EVERY)) % MARK_EVERY);
				let position = marked <= last ? mark(stream, marked).position : (streams.position[stream] ?? 0);
				const rows: Row[] = [];
				for (let cursor = Math.min(marked, last); cursor > start; cursor--) {
					const row = at(cursor > to ? linkAt : rowAt, stream, cursor, position);
					if (cursor <= to) rows.push(toRow(row));
					position -= number(row, 'back');
				}
				return rows.toReversed();
			}),

		before: async (stream, time) =>
			db.read('find a time in a stream', () => {
				const last = streams.last[stream] ?? 0;
				const start = (streams.first[stream] ?? 1) - 1;
				// Marks rise with the highest identity before them, which for a row with its time is that time.
				if ((streams.newest[stream] ?? Infinity) < time) return last;
				const firstMark = MARK_EVERY - (stream % MARK_EVERY);
				let low = Math.max(0, Math.ceil((start + 1 - firstMark) / MARK_EVERY));
				let [high, found] = [Math.max(0, Math.floor((last - firstMark) / MARK_EVERY) + 1), start];
				while (low < high) {
					const middle = Math.floor((low + high) / 2);
					const cursor = firstMark + middle * MARK_EVERY;
					if (mark(stream, cursor).newest < time) [low, found] = [middle + 1, cursor];
					else high = middle;
				}
				return found;
			}),

		journal: async (after, limit) =>
			db.read('read the journal', () => {
				// From the very first row also where one was put before the first position.
				const found = journal.all(after === 0 ? Number.MIN_SAFE_INTEGER : after, limit);
				const end = found.at(-1);
				return { rows: found.map(toRow), next: end ? number(end, 'position') : after };
			}),

		forget: async (watermark) => {
			const remove = (): (() => number) => {
				const rows = watermarks.forget(watermark);
				ledgers.forget(watermark.leaves);
				// What an open after a crash reads again must not be among the rows that are gone.
				streams.settle(true);
				return rows;
			};
			const done = watermarks.endsKey(watermark.position)
				? db.destroy('forget readings and their key', remove)
				: db.write('forget readings', remove);
			streams.committed(true);
			ledgers.forgot(watermark.leaves);
			const rows = done();
			db.giveBack(GIVE_BACK);
			return rows;
		},
		forgotten: async () => ({
			before: watermarks.before === -Infinity ? null : watermarks.before,
			leaves: ledgers.forgotten,
		}),

		leaves: async (application, index, limit) => ledgers.leaves(application, index, limit),
		edge: async (application) => ledgers.edge(application),
	};

	return {
		port,
		settle: () => {
			streams.committed(db.write('settle', () => streams.settle(true)));
		},
	};
};
