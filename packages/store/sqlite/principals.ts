import { Problem } from '@keyward/core';
import { lifeStates, nextState } from '@keyward/core/device';
import type { Principal, PrincipalName, RegistryStore } from '@keyward/core/port';
import { type Columns, number, oneOf, orNull, text } from './columns.ts';
import type { Database } from './database.ts';
import { admissionsEnd } from './admissions-end.ts';

export const toPrincipalName = (row: Columns): PrincipalName => ({
	kind: oneOf(row, 'kind', ['device', 'reader']),
	application: text(row, 'application'),
	id: text(row, 'id'),
});

const toPrincipal = (row: Columns): Principal => ({
	...toPrincipalName(row),
	class: orNull(text, row, 'class'),
	part: orNull(text, row, 'part'),
	state: oneOf(row, 'state', lifeStates),
	at: number(row, 'at'),
});

export const sqlitePrincipals = (
	db: Database,
): Pick<RegistryStore, 'expect' | 'principal' | 'principals' | 'setState'> => {
	const { sql } = db;
	const put = sql.prepare(
		`INSERT INTO principal (kind, application, id, class, part, state, at) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (application, kind, id) DO UPDATE SET
			class = excluded.class, part = excluded.part, state = excluded.state, at = excluded.at`,
	);
	const get = sql.prepare('SELECT * FROM principal WHERE application = ? AND kind = ? AND id = ?');
	const all = sql.prepare('SELECT * FROM principal WHERE ?1 IS NULL OR application = ?1 ORDER BY added');
	const update = sql.prepare('UPDATE principal SET state = ?, at = ? WHERE application = ? AND kind = ? AND id = ?');
	const endAdmissions = admissionsEnd(db);
	const putToken = sql.prepare(
		'INSERT INTO token (hash, kind, application, id, expires, spent_for) VALUES (?, ?, ?, ?, ?, ?)',
	);

	return {
		expect: async (principal, token) =>
			db.write('record what is expected', () => {
				const { kind, application, id } = principal;
				const known = get.get(application, kind, id);
				if (known !== undefined && nextState(toPrincipal(known).state, 'expect') === null) {
					throw new Problem(
						'device-exists',
						`The ${kind} ${id} is ${toPrincipal(known).state} already. Retire it before it is expected anew.`,
					);
				}
				put.run(kind, application, id, principal.class, principal.part, principal.state, principal.at);
				// catalogue: expected-device. A commissioning string that was lost, or stolen and used, must not admit anybody later.
				endAdmissions(principal);
				const of = token.principal;
				putToken.run(token.hash, of.kind, of.application, of.id, token.expires, token.spentFor);
			}),

		principal: async ({ kind, application, id }) =>
			db.read('read a principal', () => {
				const row = get.get(application, kind, id);
				return row ? toPrincipal(row) : null;
			}),

		principals: async (application) => db.read('list principals', () => all.all(application ?? null).map(toPrincipal)),

		setState: async ({ kind, application, id }, state, at) =>
			db.write('change a state', () => {
				if (update.run(state, at, application, kind, id).changes === 0) {
					throw new Problem(`${kind}-unknown`, `There is no ${kind} ${id} in ${application}.`);
				}
			}),
	};
};
