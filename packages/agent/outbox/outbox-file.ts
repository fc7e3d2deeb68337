import { existsSync, renameSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Problem } from '@keyward/core';

// SQLite's primary result codes: BUSY and LOCKED, FULL, CORRUPT and NOTADB.
const busy = [5, 6];
const full = [13];
const corrupt = [11, 26];

/**
 * Opens the file, or makes it, and takes its lock, which the system frees however the process ends. Throws
 * `Problem('store-in-use')`, and `Problem('outbox-corrupt')` after moving a damaged file aside.
 */
export const openOutboxFile = (path: string): DatabaseSync => {
	const existed = existsSync(path);
	let database: DatabaseSync | null = null;
	try {
		database = new DatabaseSync(path, { timeout: 0 });
		// With EXCLUSIVE the lock taken by the first write is held until the process ends.
		database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
		database.exec('BEGIN EXCLUSIVE; COMMIT');
		if (existed) check(database, path);
		database.exec(`
			CREATE TABLE IF NOT EXISTS reading (
				id INTEGER PRIMARY KEY AUTOINCREMENT,
				stream TEXT NOT NULL, time INTEGER NOT NULL, value TEXT NOT NULL, unit TEXT NOT NULL,
				state INTEGER NOT NULL DEFAULT 0, code TEXT, detail TEXT,
				UNIQUE (stream, time)
			) STRICT;
			CREATE INDEX IF NOT EXISTS by_state ON reading (state, id);
			CREATE TABLE IF NOT EXISTS dropped (n INTEGER NOT NULL) STRICT;
			INSERT INTO dropped SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM dropped);
			CREATE TABLE IF NOT EXISTS undated (
				id INTEGER PRIMARY KEY AUTOINCREMENT,
				stream TEXT NOT NULL, value TEXT NOT NULL, unit TEXT NOT NULL,
				boot TEXT NOT NULL, tick REAL NOT NULL, wall INTEGER NOT NULL, stretch INTEGER NOT NULL, stamped INTEGER NOT NULL
			) STRICT;
			CREATE INDEX IF NOT EXISTS undated_by_boot ON undated (boot, id);
			CREATE TABLE IF NOT EXISTS unsigned (
				id INTEGER PRIMARY KEY, stream TEXT NOT NULL, time INTEGER NOT NULL, value TEXT NOT NULL, unit TEXT NOT NULL,
				doubted INTEGER NOT NULL, checkpoint INTEGER
			) STRICT;
			CREATE INDEX IF NOT EXISTS unsigned_by_stream ON unsigned (stream, checkpoint, id);
			CREATE TABLE IF NOT EXISTS boot (n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, clock TEXT NOT NULL) STRICT;
			CREATE TABLE IF NOT EXISTS last_known (time INTEGER NOT NULL) STRICT;
		`);
		addColumn(database, 'doubted INTEGER NOT NULL DEFAULT 0');
		addColumn(database, 'sealed BLOB');
		return database;
	} catch (error) {
		if (database?.isOpen) database.close();
		const problem = explainSqlite(error, path);
		if (!(problem instanceof Problem && problem.code === 'outbox-corrupt')) throw problem;
		const aside = setAside(path);
		throw new Problem(
			'outbox-corrupt',
			`${path} is damaged and was moved to ${aside}, with what had not been delivered; start again to go on with an empty one`,
			{ cause: error },
		);
	}
};

/** Outboxes of before this version lack it. */
const addColumn = (database: DatabaseSync, column: string): void => {
	const [name = ''] = column.split(' ');
	const columns = database.prepare('PRAGMA table_info(reading)').all();
	if (!columns.some((one) => one['name'] === name)) database.exec(`ALTER TABLE reading ADD COLUMN ${column}`);
};

const check = (database: DatabaseSync, path: string): void => {
	const findings = database.prepare('PRAGMA quick_check(1)').all();
	if (findings.length !== 1 || findings[0]?.['quick_check'] !== 'ok') {
		throw new Problem('outbox-corrupt', `${path} fails its check`);
	}
};

/** Renames the file and its journal; gives the new name. */
const setAside = (path: string): string => {
	let number = 1;
	while (existsSync(`${path}.damaged-${number}`)) number += 1;
	const aside = `${path}.damaged-${number}`;
	renameSync(path, aside);
	for (const journal of ['-wal', '-shm']) {
		if (existsSync(path + journal)) renameSync(path + journal, aside + journal);
	}
	return aside;
};

/** What SQLite says, as a `Problem`; anything else as it is. */
export const explainSqlite = (error: unknown, path: string): unknown => {
	if (error instanceof Problem || !(error instanceof Error) || !('errcode' in error)) return error;
	const primary = Number(error.errcode) & 0xff;
	if (busy.includes(primary)) {
		return new Problem('store-in-use', 'another agent runs on this device folder; stop it first', { cause: error });
	}
	if (full.includes(primary))
		return new Problem(
			'outbox-full',
			`There is no room on the disk for ${path}: make room on it, and start again what ended.`,
			{ cause: error },
		);
	if (corrupt.includes(primary)) return new Problem('outbox-corrupt', `${path} is damaged`, { cause: error });
	return new Problem('store-failed', `${path} cannot be used: ${error.message}`, { cause: error });
};
