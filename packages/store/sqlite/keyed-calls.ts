import type { KeyedCall, KeyedCallStore } from '@keyward/core/port';
import { type Columns, number, orNull, text } from './columns.ts';
import type { Database } from './database.ts';

/** A migration: never changed. */
export const keyedCallSchema = `
	CREATE TABLE keyed_call (
		added INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, who TEXT NOT NULL, operation TEXT NOT NULL,
		fingerprint TEXT NOT NULL, at INTEGER NOT NULL, ended INTEGER, answer TEXT
	) STRICT;
	`;

const toCall = (row: Columns): KeyedCall => ({
	id: text(row, 'id'),
	who: text(row, 'who'),
	operation: text(row, 'operation'),
	fingerprint: text(row, 'fingerprint'),
	at: number(row, 'at'),
	ended: orNull(number, row, 'ended'),
	answer: orNull(text, row, 'answer'),
});

export const sqliteKeyedCalls = (db: Database): KeyedCallStore => {
	const { sql } = db;
	const all = sql.prepare('SELECT * FROM keyed_call ORDER BY added');
	const put = sql.prepare(
		`INSERT INTO keyed_call (id, who, operation, fingerprint, at, ended, answer) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET who = excluded.who, operation = excluded.operation, fingerprint = excluded.fingerprint,
			at = excluded.at, ended = excluded.ended, answer = excluded.answer`,
	);
	const drop = sql.prepare('DELETE FROM keyed_call WHERE id = ?');
	return {
		keyedCalls: async () => db.read('list calls with an idempotency key', () => all.all().map(toCall)),
		putKeyedCall: async ({ id, who, operation, fingerprint, at, ended, answer }, forget) =>
			db.write('keep a call with an idempotency key', () => {
				forget.forEach((one) => drop.run(one));
				put.run(id, who, operation, fingerprint, at, ended, answer);
			}),
		dropKeyedCalls: async (ids) =>
			db.write('forget calls with an idempotency key', () => ids.forEach((one) => drop.run(one))),
	};
};
