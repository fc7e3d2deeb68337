import type { Grant, GrantStore } from '@keyward/core/port';
import { type Columns, number, orNull, text } from './columns.ts';
import type { Database } from './database.ts';

const toGrant = (row: Columns): Grant => ({
	id: text(row, 'id'),
	application: text(row, 'application'),
	reader: text(row, 'reader'),
	device: text(row, 'device'),
	stream: text(row, 'stream'),
	purpose: text(row, 'purpose'),
	from: number(row, 'from_time'),
	expires: number(row, 'expires'),
	ended: orNull(number, row, 'ended'),
});

export const sqliteGrants = (db: Database): GrantStore => {
	const { sql } = db;
	const put = sql.prepare(
		`INSERT INTO reader_grant (id, application, reader, device, stream, purpose, from_time, expires, ended)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
	);
	const end = sql.prepare('UPDATE reader_grant SET ended = ? WHERE id = ? AND ended IS NULL');
	const all = sql.prepare('SELECT * FROM reader_grant WHERE ?1 IS NULL OR application = ?1 ORDER BY added');

	return {
		putGrant: async (grant) =>
			db.write('record a grant', () => {
				const { id, application, reader, device, stream, purpose, from, expires, ended } = grant;
				put.run(id, application, reader, device, stream, purpose, from, expires, ended);
			}),
		endGrant: async (id, at) => db.write('end a grant', () => end.run(at, id).changes > 0),
		grants: async (application) => db.read('list grants', () => all.all(application ?? null).map(toGrant)),
	};
};
