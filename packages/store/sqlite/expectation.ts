import { lifeStates, nextState } from '@keyward/core/device';
import type { Principal, Token } from '@keyward/core/port';
import { expectedAlready } from '../rules/ended.ts';
import { admissionsEnd } from './admissions-end.ts';
import { oneOf } from './columns.ts';
import type { Database } from './database.ts';

/** Expects a principal by a token. Within a transaction. Throws `Problem('device-exists')`. */
export const expectation = (db: Database): ((principal: Principal, token: Token) => void) => {
	const { sql } = db;
	const stateOf = sql.prepare('SELECT state FROM principal WHERE application = ? AND kind = ? AND id = ?');
	const put = sql.prepare(
		`INSERT INTO principal (kind, application, id, class, part, state, at) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (application, kind, id) DO UPDATE SET
			class = excluded.class, part = excluded.part, state = excluded.state, at = excluded.at`,
	);
	const putToken = sql.prepare(
		'INSERT INTO token (hash, kind, application, id, expires, spent_for) VALUES (?, ?, ?, ?, ?, ?)',
	);
	const endKeys = sql.prepare('UPDATE principal_key SET ended = 1 WHERE application = ? AND kind = ? AND id = ?');
	const endAdmissions = admissionsEnd(db);

	return (principal, token) => {
		const { kind, application, id } = principal;
		const known = stateOf.get(application, kind, id);
		const state = known && oneOf(known, 'state', lifeStates);
		if (state !== undefined && nextState(state, 'expect') === null) throw expectedAlready(principal, state);
		put.run(kind, application, id, principal.class, principal.part, principal.state, principal.at);
		// catalogue: expected-device. A commissioning string that was lost, or stolen and used, must not admit anybody later.
		endAdmissions(principal);
		endKeys.run(application, kind, id);
		const of = token.principal;
		putToken.run(token.hash, of.kind, of.application, of.id, token.expires, token.spentFor);
	};
};
