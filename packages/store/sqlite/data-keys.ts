import type { DataKey, DataKeyStore } from '@keyward/core/port';
import { bytes, type Columns, number, orNull, text } from './columns.ts';
import type { Database } from './database.ts';

const toKey = (row: Columns): DataKey => ({
	number: number(row, 'number'),
	application: text(row, 'application'),
	device: orNull(text, row, 'device'),
	day: orNull(number, row, 'day'),
	wrapped: bytes(row, 'wrapped'),
});

/** The position that every row so far is at or before. */
const END = '(SELECT coalesce(max(position), 0) FROM reading)';

export const sqliteDataKeys = (db: Database): DataKeyStore => {
	const { sql } = db;
	const all = sql.prepare('SELECT number, application, device, day, wrapped FROM data_key ORDER BY number');
	const end = sql.prepare(
		`UPDATE data_key SET until = ${END} WHERE application = ? AND device IS NULL AND until IS NULL`,
	);
	const endBefore = sql.prepare(
		`UPDATE data_key SET until = ${END} WHERE device IS NULL AND until IS NULL AND day < ?`,
	);
	const add = sql.prepare('INSERT INTO data_key (application, device, day, wrapped) VALUES (?, ?, ?, ?)');
	const ofDevice = sql.prepare('DELETE FROM data_key WHERE application = ? AND device = ?');
	// Encrypted ones follow the plain ones of before: the first says it.
	const first = sql.prepare('SELECT type FROM reading ORDER BY position LIMIT 1');

	return {
		dataKeys: async () => db.read('list data keys', () => all.all().map(toKey)),
		addDataKey: async ({ application, device, day, wrapped }) =>
			db.write('keep a data key', () => {
				if (device === null) end.run(application);
				return Number(add.run(application, device, day, wrapped).lastInsertRowid);
			}),
		endDataKeys: async (before = Number.MAX_SAFE_INTEGER) =>
			db.write('end data keys', () => {
				endBefore.run(before);
			}),
		destroyDataKeys: async (application, device) =>
			db.destroy('destroy data keys', () => Number(ofDevice.run(application, device).changes)),
		allEncrypted: async () =>
			db.read('look whether readings are encrypted', () => {
				const row = first.get();
				return row === undefined || isEncrypted(number(row, 'type'));
			}),
	};
};

/** Stands in a row's type beside the content type when its record is encrypted. */
export const ENCRYPTED = 0x100;

export const isEncrypted = (type: number): boolean => (type & ENCRYPTED) !== 0;
