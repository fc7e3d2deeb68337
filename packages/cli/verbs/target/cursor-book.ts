import { DatabaseSync } from 'node:sqlite';
import { Problem } from '@keyward/core';

/** What a target has: of each stream the cursor to go on after, and how many bytes of a file are meant by that. */
export interface CursorBook {
	/** Null for a stream of which it has nothing. */
	after(topic: string): string | null;
	/** Null before the first page. */
	readonly length: number | null;
	/** The file begins again, with nothing in it; cursors stay. */
	restart(): void;
	/** Durable when it returns. */
	keep(topic: string, cursor: string, length: number): void;
	close(): void;
}

/** SQLite's primary result codes BUSY and LOCKED. */
const busy = [5, 6];

/**
 * Opens the file or makes it, with a lock that the system frees however the process ends. Throws `Problem('store-in-use')` while
 * another process delivers to the same target: readings would go there twice.
 */
export const openCursorBook = (path: string): CursorBook => {
	let database: DatabaseSync | null = null;
	try {
		database = new DatabaseSync(path, { timeout: 0 });
		database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
		database.exec(`BEGIN EXCLUSIVE;
			CREATE TABLE IF NOT EXISTS place (topic TEXT PRIMARY KEY, cursor TEXT NOT NULL) STRICT;
			CREATE TABLE IF NOT EXISTS extent (one INTEGER PRIMARY KEY CHECK (one = 1), length INTEGER NOT NULL) STRICT;
			COMMIT`);
		return bookIn(database);
	} catch (error) {
		if (database?.isOpen === true) database.close();
		throw explain(error, path);
	}
};

const explain = (error: unknown, path: string): Problem => {
	const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
	return busy.includes(code)
		? new Problem('store-in-use', `Another keyward read delivers to this target (${path}): stop it first.`, {
				cause: error,
			})
		: new Problem(
				'store-failed',
				`${path}, which keeps what the target has, cannot be used: ${error instanceof Error ? error.message : String(error)}.`,
				{ cause: error },
			);
};

const bookIn = (database: DatabaseSync): CursorBook => {
	const place = database.prepare('SELECT cursor FROM place WHERE topic = ?');
	const extent = database.prepare('SELECT length FROM extent');
	const setPlace = database.prepare(
		'INSERT INTO place VALUES (?, ?) ON CONFLICT DO UPDATE SET cursor = excluded.cursor',
	);
	const setExtent = database.prepare(
		'INSERT INTO extent VALUES (1, ?) ON CONFLICT DO UPDATE SET length = excluded.length',
	);
	return {
		after: (topic) => {
			const cursor = place.get(topic)?.['cursor'];
			return typeof cursor === 'string' ? cursor : null;
		},
		get length() {
			const length = extent.get()?.['length'];
			return typeof length === 'number' ? length : null;
		},
		restart: () => void setExtent.run(0),
		keep: (topic, cursor, length) => {
			database.exec('BEGIN');
			setPlace.run(topic, cursor);
			setExtent.run(length);
			database.exec('COMMIT');
		},
		close: () => database.close(),
	};
};
