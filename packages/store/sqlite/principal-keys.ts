import { keyPurposes, type PrincipalKeyStore } from '@keyward/core/port';
import { keySeenBefore, otherKeyStands } from '../rules/registered-key.ts';
import { bytes, number, oneOf, text } from './columns.ts';
import type { Database } from './database.ts';

export const sqlitePrincipalKeys = (db: Database): PrincipalKeyStore => {
	const { sql } = db;
	const standing = sql.prepare(
		'SELECT * FROM principal_key WHERE application = ? AND kind = ? AND id = ? AND ended = 0 ORDER BY added',
	);
	const holder = sql.prepare('SELECT * FROM principal_key WHERE key = ?');
	const add = sql.prepare(
		'INSERT INTO principal_key (application, kind, id, purpose, key, at) VALUES (?, ?, ?, ?, ?, ?)',
	);
	return {
		registerKey: async (name, { purpose, key, at }) =>
			db.write('register a key', () => {
				const { application, kind, id } = name;
				const stands = standing.all(application, kind, id).find((row) => text(row, 'purpose') === purpose);
				if (stands !== undefined && Buffer.compare(bytes(stands, 'key'), key) === 0) return;
				if (stands !== undefined) throw otherKeyStands(name, purpose);
				if (holder.get(key) !== undefined) throw keySeenBefore(purpose);
				add.run(application, kind, id, purpose, key, at);
			}),
		registeredKeys: async ({ application, kind, id }) =>
			db.read('read registered keys', () =>
				standing.all(application, kind, id).map((row) => ({
					purpose: oneOf(row, 'purpose', keyPurposes),
					key: bytes(row, 'key'),
					at: number(row, 'at'),
				})),
			),
	};
};
