import type { AuditEntry, AuditStore } from '@keyward/core/port';
import { type Columns, number, orNull, text } from './columns.ts';
import type { Database } from './database.ts';

const toEntry = (row: Columns): AuditEntry => ({
	number: number(row, 'number'),
	at: number(row, 'at'),
	who: text(row, 'who'),
	operation: text(row, 'operation'),
	application: orNull(text, row, 'application'),
	input: text(row, 'input'),
	ended: row['ended'] === null ? null : { at: number(row, 'ended'), result: text(row, 'result') },
});

export const sqliteAudit = (db: Database): AuditStore => {
	const { sql } = db;
	const begin = sql.prepare('INSERT INTO action (at, who, operation, application, input) VALUES (?, ?, ?, ?, ?)');
	const end = sql.prepare('UPDATE action SET ended = ?, result = ? WHERE number = ? AND ended IS NULL');
	const find = sql.prepare(
		`SELECT * FROM action
		WHERE at >= ?1 AND number < ?2 AND (?3 IS NULL OR application IS NULL OR application = ?3)
		ORDER BY number DESC LIMIT ?4`,
	);
	const forget = sql.prepare('DELETE FROM action WHERE at < ?');
	return {
		beginAction: async ({ at, who, operation, application, input }) =>
			db.write('record an action', () => Number(begin.run(at, who, operation, application, input).lastInsertRowid)),
		endAction: async (which, at, result) =>
			db.write('record the end of an action', () => {
				end.run(at, result, which);
			}),
		actions: async ({ since = 0, application = null, before = Number.MAX_SAFE_INTEGER, limit }) =>
			db.read('list actions', () => find.all(since, before, application, limit).map(toEntry)),
		forgetActions: async (before) => db.write('forget actions', () => Number(forget.run(before).changes)),
	};
};
