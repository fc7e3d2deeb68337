import { type LifeEvent, lifeStates, mayUseCertificate, nextState } from '@keyward/core/device';
import type { CertificateStore, PrincipalName } from '@keyward/core/port';
import { heldMeanwhile, isHeldByOthers } from '../rules/conflict.ts';
import { endedMeanwhile, serialGivenTwice } from '../rules/ended.ts';
import { admissionsEnd } from './admissions-end.ts';
import { bytes, oneOf } from './columns.ts';
import type { Database } from './database.ts';
import { fromKeyEvidence } from './key-evidence.ts';
import { keyHolders } from './key-holders.ts';

/** Certificates that were not made here. */
export const sqliteAdoption = (db: Database): Pick<CertificateStore, 'adopt'> => {
	const { sql } = db;
	const ownAt = sql.prepare('SELECT fingerprint FROM certificate WHERE serial = ? AND issuer IS NULL');
	const foreignAt = sql.prepare('SELECT signed_part AS fingerprint FROM certificate WHERE serial = ? AND issuer = ?');
	const stateOf = sql.prepare('SELECT state FROM principal WHERE application = ? AND kind = ? AND id = ?');
	const setState = sql.prepare('UPDATE principal SET state = ?, at = ? WHERE application = ? AND kind = ? AND id = ?');
	const newestKey = sql.prepare(
		`SELECT key FROM certificate WHERE application = ? AND kind = ? AND id = ? AND revoked_at IS NULL
		ORDER BY added DESC LIMIT 1`,
	);
	const put = sql.prepare(
		`INSERT INTO certificate
			(fingerprint, serial, kind, application, id, key, evidence, not_before, not_after, der, issuer, signed_part)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
	);
	const endAdmissions = admissionsEnd(db);
	const holdersOf = keyHolders(db);
	const move = ({ application, kind, id }: PrincipalName, event: LifeEvent, at: number): void => {
		const row = stateOf.get(application, kind, id);
		const next = row && nextState(oneOf(row, 'state', lifeStates), event);
		if (next) setState.run(next, at, application, kind, id);
	};

	return {
		adopt: async (certificate, origin, at, known = []) =>
			db.write('adopt a certificate', () => {
				const { serial, principal, key, evidence, fingerprint, notBefore, notAfter, der } = certificate;
				const { application, kind, id } = principal;
				const there = origin === null ? ownAt.get(serial) : foreignAt.get(serial, origin.issuer);
				if (there !== undefined) {
					if (Buffer.compare(bytes(there, 'fingerprint'), origin?.signedPart ?? fingerprint) === 0) return false;
					throw serialGivenTwice(serial);
				}
				const row = stateOf.get(application, kind, id);
				const state = row && oneOf(row, 'state', lifeStates);
				const newest = newestKey.get(application, kind, id);
				const holds = state !== undefined && mayUseCertificate(state) && newest !== undefined;
				if (state !== 'expected' && !holds) throw endedMeanwhile(principal);
				// unique-key: it must not give a second holder to a key.
				if (isHeldByOthers(holdersOf(key), principal, known)) throw heldMeanwhile(principal);
				const written = fromKeyEvidence(origin === null ? evidence : { ...evidence, adopted: true });
				// What was under way for it is given up: a second key must not come in beside this one.
				endAdmissions(principal);
				put.run(
					...([fingerprint, serial, kind, application, id, key, written, notBefore, notAfter, der] as const),
					...([origin?.issuer ?? null, origin?.signedPart ?? null] as const),
				);
				if (state === 'expected') move(principal, 'certify', at);
				else {
					move(principal, 'renew', at);
					const isSameKey = newest !== undefined && Buffer.compare(bytes(newest, 'key'), key) === 0;
					move(principal, isSameKey ? 'renewed' : 're-key', at);
				}
				return true;
			}),
	};
};
