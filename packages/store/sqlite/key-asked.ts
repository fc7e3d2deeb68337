import type { KeyAskedStore } from '@keyward/core/port';
import { number, text } from './columns.ts';
import type { Database } from './database.ts';

/** Who was asked for a new key and has not come back with it: after a restart no more are asked at once than before. */
export const keyAskedSchema = `
	CREATE TABLE key_asked (
		added INTEGER PRIMARY KEY,
		under TEXT NOT NULL, device TEXT NOT NULL, at INTEGER NOT NULL,
		UNIQUE (under, device)
	) STRICT;
`;

export const sqliteKeyAsked = (db: Database): KeyAskedStore => {
	const drop = db.sql.prepare('DELETE FROM key_asked WHERE under = ? AND (device = ? OR ?)');
	const put = db.sql.prepare('INSERT INTO key_asked (under, device, at) VALUES (?, ?, ?)');
	const all = db.sql.prepare('SELECT * FROM key_asked ORDER BY added');
	return {
		putKeyAsked: async ({ under, device, at }) =>
			db.write('note who was asked for a new key', () => {
				drop.run(under, device, 0);
				put.run(under, device, at);
			}),
		dropKeyAsked: async (under, device) =>
			db.write(
				'note who is not asked for a new key any more',
				() => void drop.run(under, device, device === null ? 1 : 0),
			),
		keysAsked: async () =>
			db.read('list who was asked for a new key', () =>
				all.all().map((row) => ({ under: text(row, 'under'), device: text(row, 'device'), at: number(row, 'at') })),
			),
	};
};
