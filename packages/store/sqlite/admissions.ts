import { Problem } from '@keyward/core';
import { type LifeEvent, lifeStates, mayUseCertificate, nextState } from '@keyward/core/device';
import type { Instant } from '@keyward/core';
import type { AdmissionStore, Intent, PrincipalName, Token } from '@keyward/core/port';
import { bytes, type Columns, number, oneOf, orNull, text } from './columns.ts';
import type { Database } from './database.ts';
import { fromKeyEvidence, toKeyEvidence } from './key-evidence.ts';
import { toPrincipalName } from './principals.ts';
import { heldMeanwhile, isHeldByOthers } from '../rules/conflict.ts';
import { endedMeanwhile } from '../rules/ended.ts';
import { keyHolders } from './key-holders.ts';

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
	evidence: toKeyEvidence(row),
	toBeSigned: bytes(row, 'to_be_signed'),
	at: number(row, 'at'),
	by: row['by_token'] === null ? { certificate: bytes(row, 'by_certificate') } : { token: bytes(row, 'by_token') },
});

/** Tokens and intents: the way from an expected principal to a certificate. */
export const sqliteAdmissions = (db: Database): AdmissionStore => {
	const { sql } = db;
	const tokenOf = sql.prepare('SELECT * FROM token WHERE hash = ?');
	// One statement decides and spends: a token is spent for one key, once, ever.
	const spend = sql.prepare(
		`UPDATE token SET spent_for = ?1 WHERE hash = ?2 AND application = ?3 AND kind = ?4 AND id = ?5
			AND (spent_for IS NULL OR spent_for = ?1)`,
	);
	const putIntent = sql.prepare(
		`INSERT INTO intent (serial, state, kind, application, id, key, evidence, to_be_signed, at, by_token, by_certificate)
		VALUES (?, 'open', ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
	);
	const open = sql.prepare("SELECT * FROM intent WHERE state = 'open' ORDER BY added");
	const close = sql.prepare("UPDATE intent SET state = ? WHERE serial = ? AND state = 'open'");
	const openFor = sql.prepare(
		`SELECT at, by_token, by_certificate FROM intent WHERE serial = ? AND state = 'open' AND application = ? AND kind = ? AND id = ? AND key = ?`,
	);
	const issued = sql.prepare('SELECT 1 FROM certificate WHERE fingerprint = ?');
	const putCertificate = sql.prepare(
		`INSERT INTO certificate
			(fingerprint, serial, kind, application, id, key, evidence, not_before, not_after, der,
			revoked_at, revoked_cause, revoked_reason)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
	);
	const stateOf = sql.prepare('SELECT state FROM principal WHERE application = ? AND kind = ? AND id = ?');
	const setState = sql.prepare('UPDATE principal SET state = ?, at = ? WHERE application = ? AND kind = ? AND id = ?');
	const keyOf = sql.prepare('SELECT key FROM certificate WHERE fingerprint = ?');
	const isGood = sql.prepare(
		`SELECT 1 FROM certificate WHERE fingerprint = ? AND application = ? AND kind = ? AND id = ? AND revoked_at IS NULL`,
	);
	const wasGivenUp = sql.prepare("SELECT 1 FROM intent WHERE serial = ? AND state = 'abandoned'");
	const openOf = sql.prepare("SELECT application, kind, id, at FROM intent WHERE serial = ? AND state = 'open'");
	const voidTokens = sql.prepare(
		'DELETE FROM token WHERE application = ? AND kind = ? AND id = ? AND spent_for IS NULL',
	);
	/** Moves the principal where the lifecycle lets it; where it does not, somebody decided otherwise meanwhile. */
	const move = ({ application, kind, id }: PrincipalName, event: LifeEvent, at: Instant): void => {
		const row = stateOf.get(application, kind, id);
		const next = row && nextState(oneOf(row, 'state', lifeStates), event);
		if (next) setState.run(next, at, application, kind, id);
	};
	const holdersOf = keyHolders(db);
	const notHash = sql.prepare('SELECT 1 FROM token WHERE length(hash) <> 32 LIMIT 1');
	const voidAll = sql.prepare('DELETE FROM token WHERE spent_for IS NULL');

	return {
		token: async (hash) =>
			db.read('read a token', () => {
				const row = tokenOf.get(hash);
				return row ? toToken(row) : null;
			}),

		tokensAreHashes: async () => db.read('look at tokens', () => notHash.get() === undefined),

		voidTokens: async () => db.write('void tokens', () => Number(voidAll.run().changes)),

		intend: async ({ serial, principal, key, evidence, toBeSigned, at, by }, known = []) =>
			db.write('record an intent', () => {
				const { kind, application, id } = principal;
				const token = 'token' in by ? by.token : null;
				if (token && spend.run(key, token, application, kind, id).changes === 0) {
					const row = tokenOf.get(token);
					const own = row?.['application'] === application && row['kind'] === kind && row['id'] === id;
					if (!own) throw new Problem('token-unknown', `No such token was made for the ${kind} ${id}.`);
					throw new Problem('token-spent', `The token of the ${kind} ${id} was spent for another key.`);
				}
				const certificate = 'certificate' in by ? by.certificate : null;
				// expected-device, CR 1.14: a revocation that came after the judgement wins, and nothing is signed after it.
				const row = stateOf.get(application, kind, id);
				const state = row && oneOf(row, 'state', lifeStates);
				const may =
					certificate === null
						? state === 'expected'
						: state !== undefined && mayUseCertificate(state) && isGood.get(certificate, application, kind, id);
				if (!may) throw endedMeanwhile(principal);
				// unique-key: the caller's look at the key's holders may be of before another registrar's commit.
				if (isHeldByOthers(holdersOf(key), principal, known)) throw heldMeanwhile(principal);
				const written = fromKeyEvidence(evidence);
				putIntent.run(serial, kind, application, id, key, written, toBeSigned, at, token, certificate);
				if (certificate) move(principal, 'renew', at);
			}),

		openIntents: async () => db.read('list intents', () => open.all().map(toIntent)),

		issue: async ({ fingerprint, serial, principal, key, evidence, notBefore, notAfter, der, revoked }) =>
			db.write('record a certificate', () => {
				if (issued.get(fingerprint)) return;
				const { kind, application, id } = principal;
				const intent = openFor.get(serial, application, kind, id, key);
				if (!intent && wasGivenUp.get(serial)) throw endedMeanwhile(principal);
				if (!intent) throw new Problem('store-failed', `No open intent asks for the certificate ${serial} of ${id}.`);
				close.run('issued', serial);
				putCertificate.run(
					...[fingerprint, serial, kind, application, id, key, fromKeyEvidence(evidence), notBefore, notAfter, der],
					...[revoked?.at ?? null, revoked?.cause ?? null, revoked?.reason ?? null],
				);
				const renewed = orNull(bytes, intent, 'by_certificate');
				const before = renewed && keyOf.get(renewed);
				const sameKey = before && Buffer.compare(bytes(before, 'key'), key) === 0;
				move(principal, renewed ? (sameKey ? 'renewed' : 're-key') : 'certify', number(intent, 'at'));
				// catalogue: expected-device. A second token must not admit a second key beside the first.
				voidTokens.run(application, kind, id);
			}),

		abandon: async (serial) =>
			db.write('give an intent up', () => {
				const intent = openOf.get(serial);
				close.run('abandoned', serial);
				if (intent) move(toPrincipalName(intent), 'give-up', number(intent, 'at'));
			}),
	};
};
