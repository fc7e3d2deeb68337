import { DatabaseSync } from 'node:sqlite';
import { Problem } from '@keyward/core';

/** Milliseconds that a statement waits for another connection. */
const PATIENCE = 5000;

/** Runs work on a database; whatever goes wrong below becomes `Problem('store-failed')`. */
export class Database {
	readonly sql: DatabaseSync;
	readonly #begin;
	readonly #commit;
	/** Adds to each transaction what has to be in it; null when there is nothing. */
	beforeCommit: () => { committed(): void } | null = () => null;

	/**
	 * WAL with synchronous FULL: a commit that returns was synced to the disk, and survives `kill -9` and power loss. The commit
	 * that fills the WAL also brings it into the database file, which others wait for: a quarter of SQLite's 1,000 pages at once.
	 * `readOnly`: it is looked at, and nothing can be written.
	 */
	constructor(file: string, { readOnly = false }: { readonly readOnly?: boolean } = {}) {
		this.sql = new DatabaseSync(file, { timeout: PATIENCE, readOnly });
		// Auto-vacuum before the first page is written; an older file without it uses its free pages again and keeps its size.
		if (readOnly) this.sql.exec('PRAGMA trusted_schema = OFF');
		else
			this.sql.exec(`
				PRAGMA auto_vacuum = INCREMENTAL;
				PRAGMA journal_mode = WAL;
				PRAGMA synchronous = FULL;
				PRAGMA wal_autocheckpoint = 250;
				PRAGMA cache_size = -32768;
				PRAGMA trusted_schema = OFF;
			`);
		this.#begin = this.sql.prepare('BEGIN IMMEDIATE');
		this.#commit = this.sql.prepare('COMMIT');
	}

	/** `purpose` completes "The store could not …". */
	read<T>(purpose: string, work: () => T): T {
		try {
			return work();
		} catch (error) {
			throw asProblem(purpose, error);
		}
	}

	/** One durable transaction: all of it, or after an error nothing. */
	write<T>(purpose: string, work: () => T): T {
		try {
			this.#begin.run();
			const result = work();
			const added = this.beforeCommit();
			this.#commit.run();
			added?.committed();
			return result;
		} catch (error) {
			this.#rollback();
			throw asProblem(purpose, error);
		}
	}

	/**
	 * Writes what must not be found again: what it removes is overwritten within the file, and the write-ahead log, which still has
	 * the pages from before, is emptied. A reader that is in the middle of the log keeps it; the next one empties it.
	 */
	destroy<T>(purpose: string, work: () => T): T {
		this.sql.exec('PRAGMA secure_delete = ON');
		try {
			const result = this.write(purpose, work);
			// Without waiting for readers, which may be a backup of minutes.
			this.sql.exec('PRAGMA busy_timeout = 0');
			this.read(purpose, () => this.sql.exec('PRAGMA wal_checkpoint(TRUNCATE)'));
			return result;
		} finally {
			if (this.sql.isOpen) this.sql.exec(`PRAGMA secure_delete = OFF; PRAGMA busy_timeout = ${PATIENCE}`);
		}
	}

	/** Gives up to `most` free pages back to the disk, but those that will be wanted soon: a tenth of the file. */
	giveBack(most: number): void {
		const [pages, free] = ['page_count', 'freelist_count'].map((name) =>
			Number(this.sql.prepare(`PRAGMA ${name}`).get()?.[name]),
		);
		const spare = Math.floor((free ?? 0) - (pages ?? 0) / 10);
		if (spare > 0)
			this.read('give space back', () => this.sql.exec(`PRAGMA incremental_vacuum(${Math.min(most, spare)})`));
	}

	close(): void {
		if (this.sql.isOpen) this.sql.close();
	}

	/** SQLite has rolled back by itself after some disk errors. */
	#rollback(): void {
		if (this.sql.isOpen && this.sql.isTransaction) this.sql.exec('ROLLBACK');
	}
}

const SQLITE_FULL = 13;

/** An extended code has the plain one in its lowest octet. */
const isFull = (error: unknown): boolean =>
	error instanceof Error &&
	'errcode' in error &&
	typeof error.errcode === 'number' &&
	(error.errcode & 0xff) === SQLITE_FULL;

export const asProblem = (purpose: string, error: unknown): Problem => {
	if (error instanceof Problem) return error;
	const reason = error instanceof Error ? error.message : String(error);
	const said = isFull(error) ? 'the disk has no room left: free some, and try again' : reason;
	return new Problem('store-failed', `The store could not ${purpose}: ${said}.`, { cause: error });
};
