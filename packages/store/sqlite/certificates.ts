import { Problem } from '@keyward/core';
import type { IssuedCertificate, RegistryStore } from '@keyward/core/port';
import { bytes, type Columns, number, text } from './columns.ts';
import type { Database } from './database.ts';
import { toPrincipalName } from './principals.ts';

const toCertificate = (row: Columns): IssuedCertificate => ({
	fingerprint: bytes(row, 'fingerprint'),
	serial: text(row, 'serial'),
	principal: toPrincipalName(row),
	key: bytes(row, 'key'),
	notBefore: number(row, 'not_before'),
	notAfter: number(row, 'not_after'),
	der: bytes(row, 'der'),
	revoked: row['revoked_at'] === null ? null : { at: number(row, 'revoked_at'), reason: text(row, 'revoked_reason') },
});

export const sqliteCertificates = (
	db: Database,
): Pick<RegistryStore, 'certificate' | 'certificates' | 'holders' | 'revoke'> => {
	const { sql } = db;
	const get = sql.prepare('SELECT * FROM certificate WHERE fingerprint = ?');
	const all = sql.prepare('SELECT * FROM certificate WHERE application = ? AND kind = ? AND id = ? ORDER BY added');
	const holders = sql.prepare(
		`SELECT application, kind, id FROM certificate WHERE key = ?1
		UNION SELECT application, kind, id FROM intent WHERE key = ?1 AND state = 'open'
		ORDER BY application, kind, id`,
	);
	const revoke = sql.prepare(
		'UPDATE certificate SET revoked_at = ?, revoked_reason = ? WHERE fingerprint = ? AND revoked_at IS NULL',
	);

	return {
		certificate: async (fingerprint) =>
			db.read('read a certificate', () => {
				const row = get.get(fingerprint);
				return row ? toCertificate(row) : null;
			}),

		certificates: async ({ kind, application, id }) =>
			db.read('list certificates', () => all.all(application, kind, id).map(toCertificate)),

		holders: async (key) => db.read('look up a key', () => holders.all(key).map(toPrincipalName)),

		revoke: async (fingerprint, at, reason) =>
			db.write('revoke a certificate', () => {
				if (!get.get(fingerprint)) throw new Problem('certificate-unknown', 'No such certificate was issued here.');
				revoke.run(at, reason, fingerprint);
			}),
	};
};
