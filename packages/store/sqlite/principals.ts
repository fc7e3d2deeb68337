import { lifeStates } from '@keyward/core/device';
import type { Principal, PrincipalName, PrincipalStore } from '@keyward/core/port';
import { movedMeanwhile } from '../rules/conflict.ts';
import { unknownPrincipal } from '../rules/ended.ts';
import { type Columns, number, oneOf, orNull, text } from './columns.ts';
import type { Database } from './database.ts';
import { expectation } from './expectation.ts';

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
): Pick<PrincipalStore, 'expect' | 'principal' | 'principals' | 'setState'> => {
	const { sql } = db;
	const get = sql.prepare('SELECT * FROM principal WHERE application = ? AND kind = ? AND id = ?');
	const all = sql.prepare('SELECT * FROM principal WHERE ?1 IS NULL OR application = ?1 ORDER BY added');
	const update = sql.prepare(
		'UPDATE principal SET state = ?, at = ? WHERE application = ? AND kind = ? AND id = ? AND state = ?',
	);
	const expect = expectation(db);

	return {
		expect: async (principal, token) => db.write('record what is expected', () => expect(principal, token)),

		principal: async ({ kind, application, id }) =>
			db.read('read a principal', () => {
				const row = get.get(application, kind, id);
				return row ? toPrincipal(row) : null;
			}),

		principals: async (application) => db.read('list principals', () => all.all(application ?? null).map(toPrincipal)),

		setState: async (name, from, to, at) =>
			db.write('change a state', () => {
				const { kind, application, id } = name;
				if (update.run(to, at, application, kind, id, from).changes === 1) return;
				const row = get.get(application, kind, id);
				if (row === undefined) throw unknownPrincipal(name);
				throw movedMeanwhile(name, from, toPrincipal(row).state);
			}),
	};
};
