import { Problem } from '@keyward/core';
import { type PostureChange, stateKey } from '@keyward/core/policy';
import type { PostureHistoryStore } from '@keyward/core/port';
import { type Columns, number, text } from './columns.ts';
import type { Database } from './database.ts';

/** `posture_last` outlives what is forgotten of `posture_change`: what an objective is compared with next. */
export const postureHistorySchema = `
	CREATE TABLE posture_change (
		added INTEGER PRIMARY KEY,
		application TEXT NOT NULL, at INTEGER NOT NULL, text TEXT NOT NULL
	) STRICT;
	CREATE INDEX posture_change_by_time ON posture_change (at);
	CREATE INDEX posture_change_by_application ON posture_change (application, added);
	CREATE TABLE posture_last (key TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;
`;

const toChange = (row: Columns): PostureChange => {
	const change: unknown = JSON.parse(text(row, 'text'));
	if (typeof change !== 'object' || change === null || !('objective' in change))
		throw new Problem('store-failed', 'The store has a change of posture that cannot be read.');
	return change as PostureChange;
};

export const sqlitePostureHistory = (db: Database): PostureHistoryStore => {
	const { sql } = db;
	const add = sql.prepare('INSERT INTO posture_change (application, at, text) VALUES (?, ?, ?)');
	const putLast = sql.prepare(
		'INSERT INTO posture_last (key, text) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET text = excluded.text',
	);
	const forget = sql.prepare('DELETE FROM posture_change WHERE at < ?');
	const edge = sql.prepare(
		'SELECT added FROM posture_change WHERE application = ? ORDER BY added DESC LIMIT 1 OFFSET ?',
	);
	const trim = sql.prepare('DELETE FROM posture_change WHERE application = ? AND added <= ?');
	const some = sql.prepare(
		`SELECT text FROM posture_change WHERE at >= ?1 AND (?2 IS NULL OR application = ?2) ORDER BY added DESC LIMIT ?3`,
	);
	const last = sql.prepare('SELECT text FROM posture_last ORDER BY rowid');
	return {
		addPostureChanges: async (changes, keep, most) =>
			db.write('record how a posture changed', () => {
				for (const one of changes) {
					const written = JSON.stringify(one);
					add.run(one.application, one.at, written);
					putLast.run(stateKey(one), written);
				}
				forget.run(keep);
				for (const application of new Set(changes.map((one) => one.application))) {
					const over = edge.get(application, most);
					if (over !== undefined) trim.run(application, number(over, 'added'));
				}
			}),
		postureChanges: async (application, since, limit) =>
			db.read('list changes of posture', () =>
				some
					.all(since, application ?? null, limit)
					.map(toChange)
					.toReversed(),
			),
		lastPostureChanges: async () => db.read('list changes of posture', () => last.all().map(toChange)),
	};
};
