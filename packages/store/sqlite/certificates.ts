import { Problem } from '@keyward/core';
import { type CertificateStore, type IssuedCertificate, type Revocation, revocationCauses } from '@keyward/core/port';
import { bytes, type Columns, number, oneOf, text } from './columns.ts';
import type { Database } from './database.ts';
import { toKeyEvidence } from './key-evidence.ts';
import { keyHolders } from './key-holders.ts';
import { toPrincipalName } from './principals.ts';

const toRevocation = (row: Columns): Revocation => ({
	at: number(row, 'revoked_at'),
	cause: oneOf(row, 'revoked_cause', revocationCauses),
	reason: text(row, 'revoked_reason'),
});

const toCertificate = (row: Columns): IssuedCertificate => ({
	fingerprint: bytes(row, 'fingerprint'),
	serial: text(row, 'serial'),
	principal: toPrincipalName(row),
	key: bytes(row, 'key'),
	evidence: toKeyEvidence(row),
	notBefore: number(row, 'not_before'),
	notAfter: number(row, 'not_after'),
	der: bytes(row, 'der'),
	revoked: row['revoked_at'] === null ? null : toRevocation(row),
});

export const sqliteCertificates = (db: Database): Omit<CertificateStore, 'adopt'> => {
	const { sql } = db;
	const get = sql.prepare('SELECT * FROM certificate WHERE fingerprint = ?');
	const getBySerial = sql.prepare('SELECT * FROM certificate WHERE serial = ? AND issuer IS NULL');
	const all = sql.prepare('SELECT * FROM certificate WHERE application = ? AND kind = ? AND id = ? ORDER BY added');
	const holders = keyHolders(db);
	// In the order of its index, which also says when each ends: what has expired costs no look at its row.
	const revoked = sql.prepare(
		`SELECT serial, not_after, der, revoked_at, revoked_cause, revoked_reason FROM certificate
		WHERE application = ? AND not_after > ? AND revoked_at IS NOT NULL ORDER BY added`,
	);
	const revoke = sql.prepare(
		`UPDATE certificate SET revoked_at = ?, revoked_cause = ?, revoked_reason = ?
		WHERE fingerprint = ? AND revoked_at IS NULL`,
	);

	return {
		certificate: async (fingerprint) =>
			db.read('read a certificate', () => {
				const row = get.get(fingerprint);
				return row ? toCertificate(row) : null;
			}),

		certificates: async ({ kind, application, id }) =>
			db.read('list certificates', () => all.all(application, kind, id).map(toCertificate)),

		holders: async (key) => db.read('look up a key', () => holders(key)),

		certificateBySerial: async (serial) =>
			db.read('read a certificate', () => {
				const row = getBySerial.get(serial);
				return row ? toCertificate(row) : null;
			}),

		revoked: async (application, endingAfter) =>
			db.read('list revoked certificates', () =>
				revoked.all(application, endingAfter).map((row) => ({
					serial: text(row, 'serial'),
					notAfter: number(row, 'not_after'),
					der: bytes(row, 'der'),
					revoked: toRevocation(row),
				})),
			),

		revoke: async (fingerprint, { at, cause, reason }) =>
			db.write('revoke a certificate', () => {
				if (!get.get(fingerprint)) throw new Problem('certificate-unknown', 'No such certificate was issued here.');
				revoke.run(at, cause, reason, fingerprint);
			}),
	};
};
