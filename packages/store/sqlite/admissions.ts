import { Problem } from '@keyward/core';
import type { Intent, RegistryStore, Token } from '@keyward/core/port';
import { bytes, type Columns, number, oneOf, orNull, text } from './columns.ts';
import type { Database } from './database.ts';
import { toPrincipalName } from './principals.ts';

const toToken = (row: Columns): Token => ({
	hash: bytes(row, 'hash'),
	principal: toPrincipalName(row),
	expires: number(row, 'expires'),
	spentFor: orNull(bytes, row, 'spent_for'),
});

const toIntent = (row: Columns): Intent => ({
	serial: text(row, 'serial'),
	principal: toPrincipalName(row),
	key: bytes(row, 'key'),
	custody: oneOf(row, 'custody', ['software', 'tpm2', 'pkcs11']),
	toBeSigned: bytes(row, 'to_be_signed'),
	at: number(row, 'at'),
	by: row['by_token'] === null ? { certificate: bytes(row, 'by_certificate') } : { token: bytes(row, 'by_token') },
});

/** Tokens and intents: the way from an expected principal to a certificate. */
export const sqliteAdmissions = (
	db: Database,
): Pick<RegistryStore, 'token' | 'intend' | 'openIntents' | 'issue' | 'abandon'> => {
	const { sql } = db;
	const tokenOf = sql.prepare('SELECT * FROM token WHERE hash = ?');
	// One statement decides and spends: a token is spent for one key, once, ever.
	const spend = sql.prepare(
		`UPDATE token SET spent_for = ?1 WHERE hash = ?2 AND application = ?3 AND kind = ?4 AND id = ?5
			AND (spent_for IS NULL OR spent_for = ?1)`,
	);
	const putIntent = sql.prepare(
		`INSERT INTO intent (serial, state, kind, application, id, key, custody, to_be_signed, at, by_token, by_certificate)
		VALUES (?, 'open', ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
	);
	const open = sql.prepare("SELECT * FROM intent WHERE state = 'open' ORDER BY added");
	const close = sql.prepare("UPDATE intent SET state = ? WHERE serial = ? AND state = 'open'");
	const openFor = sql.prepare(
		`SELECT at FROM intent WHERE serial = ? AND state = 'open' AND application = ? AND kind = ? AND id = ? AND key = ?`,
	);
	const issued = sql.prepare('SELECT 1 FROM certificate WHERE fingerprint = ?');
	const putCertificate = sql.prepare(
		`INSERT INTO certificate
			(fingerprint, serial, kind, application, id, key, not_before, not_after, der, revoked_at, revoked_reason)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
	);
	const activate = sql.prepare(
		`UPDATE principal SET state = 'active', at = ?
		WHERE application = ? AND kind = ? AND id = ? AND state = 'expected'`,
	);
	const voidTokens = sql.prepare(
		'DELETE FROM token WHERE application = ? AND kind = ? AND id = ? AND spent_for IS NULL',
	);

	return {
		token: async (hash) =>
			db.read('read a token', () => {
				const row = tokenOf.get(hash);
				return row ? toToken(row) : null;
			}),

		intend: async ({ serial, principal: { kind, application, id }, key, custody, toBeSigned, at, by }) =>
			db.write('record an intent', () => {
				const token = 'token' in by ? by.token : null;
				if (token && spend.run(key, token, application, kind, id).changes === 0) {
					const row = tokenOf.get(token);
					const own = row?.['application'] === application && row['kind'] === kind && row['id'] === id;
					if (!own) throw new Problem('token-unknown', `No such token was made for the ${kind} ${id}.`);
					throw new Problem('token-spent', `The token of the ${kind} ${id} was spent for another key.`);
				}
				const certificate = 'certificate' in by ? by.certificate : null;
				putIntent.run(serial, kind, application, id, key, custody, toBeSigned, at, token, certificate);
			}),

		openIntents: async () => db.read('list intents', () => open.all().map(toIntent)),

		issue: async ({ fingerprint, serial, principal, key, notBefore, notAfter, der, revoked }) =>
			db.write('record a certificate', () => {
				if (issued.get(fingerprint)) return;
				const { kind, application, id } = principal;
				const intent = openFor.get(serial, application, kind, id, key);
				if (!intent) throw new Problem('store-failed', `No open intent asks for the certificate ${serial} of ${id}.`);
				close.run('issued', serial);
				const [at, reason] = [revoked?.at ?? null, revoked?.reason ?? null];
				putCertificate.run(fingerprint, serial, kind, application, id, key, notBefore, notAfter, der, at, reason);
				activate.run(number(intent, 'at'), application, kind, id);
				// catalogue: expected-device. A second token must not admit a second key beside the first.
				voidTokens.run(application, kind, id);
			}),

		abandon: async (serial) =>
			db.write('give an intent up', () => {
				close.run('abandoned', serial);
			}),
	};
};
