import { type LifeEvent, lifeStates, mayUseCertificate, nextState } from '@keyward/core/device';
import type { PrincipalName, PrincipalStore, Revocation, RevokedCertificate } from '@keyward/core/port';
import { cannotEnd, endedBy, unknownPrincipal } from '../rules/ended.ts';
import { admissionsEnd } from './admissions-end.ts';
import { bytes, number, oneOf, text } from './columns.ts';
import type { Database } from './database.ts';
import { factWrite } from './facts.ts';
import { expectation } from './expectation.ts';

/** How principals and older keys end: state and certificates in one commit, so that no crash leaves one without the other. */
export const sqliteEnds = (
	db: Database,
): Pick<PrincipalStore, 'retire' | 'transfer' | 'supersede' | 'hasOtherKeys'> => {
	const { sql } = db;
	const stateOf = sql.prepare('SELECT state FROM principal WHERE application = ? AND kind = ? AND id = ?');
	const setState = sql.prepare('UPDATE principal SET state = ?, at = ? WHERE application = ? AND kind = ? AND id = ?');
	const good = sql.prepare(
		`SELECT fingerprint, serial, key, not_after, der FROM certificate
		WHERE application = ? AND kind = ? AND id = ? AND revoked_at IS NULL ORDER BY added`,
	);
	const revoke = sql.prepare(
		'UPDATE certificate SET revoked_at = ?, revoked_cause = ?, revoked_reason = ? WHERE fingerprint = ?',
	);
	const others = sql.prepare(
		`SELECT 1 FROM certificate WHERE application = ? AND kind = ? AND id = ? AND revoked_at IS NULL AND key <> ? LIMIT 1`,
	);
	const endAdmissions = admissionsEnd(db);
	const expect = expectation(db);
	const putFacts = factWrite(db);

	const revokeAllBut = (
		{ application, kind, id }: PrincipalName,
		key: Uint8Array | null,
		{ at, cause, reason }: Revocation,
	): RevokedCertificate[] =>
		good.all(application, kind, id).flatMap((row) => {
			if (key !== null && Buffer.compare(bytes(row, 'key'), key) === 0) return [];
			revoke.run(at, cause, reason, bytes(row, 'fingerprint'));
			const revoked = { at, cause, reason };
			return [{ serial: text(row, 'serial'), notAfter: number(row, 'not_after'), der: bytes(row, 'der'), revoked }];
		});
	const current = ({ application, kind, id }: PrincipalName) => {
		const row = stateOf.get(application, kind, id);
		return row === undefined ? null : oneOf(row, 'state', lifeStates);
	};
	/** False when the lifecycle does not let it. */
	const move = (name: PrincipalName, event: LifeEvent, at: number): boolean => {
		const state = current(name);
		const next = state && nextState(state, event);
		if (next) setState.run(next, at, name.application, name.kind, name.id);
		return next !== null;
	};

	const end = (name: PrincipalName, event: 'retire' | 'transfer', revocation: Revocation): RevokedCertificate[] => {
		const state = current(name);
		if (state === null) throw unknownPrincipal(name);
		if (!move(name, event, revocation.at) && !endedBy(state, event)) throw cannotEnd({ ...name, state }, event);
		endAdmissions(name);
		return revokeAllBut(name, null, revocation);
	};

	return {
		retire: async (name, revocation, facts = []) =>
			db.write('retire a principal', () => {
				const revoked = end(name, 'retire', revocation);
				putFacts(facts);
				return revoked;
			}),
		transfer: async (name, { principal, token }, revocation) =>
			db.write('transfer a principal', () => {
				const revoked = end(name, 'transfer', revocation);
				expect(principal, token);
				return revoked;
			}),

		supersede: async (name, key, revocation) =>
			db.write('end older keys', () => {
				const state = current(name);
				if (state === null || !mayUseCertificate(state)) return [];
				move(name, 'connect', revocation.at);
				return revokeAllBut(name, key, revocation);
			}),

		hasOtherKeys: async ({ application, kind, id }, key) =>
			db.read('look for older keys', () => others.get(application, kind, id, key) !== undefined),
	};
};
