import { type AuthorityStore, type Generation, generationStates } from '@keyward/core/port';
import { authoritiesBegun, isSameGeneration, rolledMeanwhile } from '../rules/conflict.ts';
import { type Columns, number, oneOf, text } from './columns.ts';
import type { Database } from './database.ts';

const toGeneration = (row: Columns): Generation => ({
	number: number(row, 'number'),
	custody: oneOf(row, 'custody', ['file', 'pkcs11']),
	state: oneOf(row, 'state', generationStates),
	since: number(row, 'since'),
	linked: number(row, 'linked') === 1,
});

export const sqliteAuthorities = (db: Database): AuthorityStore => {
	const { sql } = db;
	const site = sql.prepare('SELECT site FROM ca_site');
	const begin = sql.prepare('INSERT INTO ca_site (one, site) VALUES (1, ?)');
	const all = sql.prepare('SELECT * FROM ca_generation ORDER BY ca, number');
	const ofCa = sql.prepare('SELECT * FROM ca_generation WHERE ca = ? ORDER BY number');
	const put = sql.prepare(
		`INSERT INTO ca_generation (ca, number, custody, state, since, linked) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (ca, number) DO UPDATE
		SET custody = excluded.custody, state = excluded.state, since = excluded.since, linked = excluded.linked`,
	);
	const write = (ca: string, { number: count, custody, state, since, linked }: Generation): void =>
		void put.run(ca, count, custody, state, since, linked ? 1 : 0);

	return {
		authorities: async () =>
			db.read('list its CAs', () => {
				const row = site.get();
				if (row === undefined) return null;
				const generations = new Map<string, Generation[]>();
				for (const one of all.all()) {
					const ca = text(one, 'ca');
					generations.set(ca, [...(generations.get(ca) ?? []), toGeneration(one)]);
				}
				return { site: text(row, 'site'), generations };
			}),
		beginAuthorities: async (inventory) =>
			db.write('begin an inventory of CAs', () => {
				if (site.get() !== undefined) throw authoritiesBegun();
				begin.run(inventory.site);
				for (const [ca, generations] of inventory.generations) for (const one of generations) write(ca, one);
			}),
		putGenerations: async (ca, before, after) =>
			db.write('record generations of a CA', () => {
				const now = ofCa.all(ca).map(toGeneration);
				if (now.length !== before.length || now.some((one, i) => !isSameGeneration(one, before[i])))
					throw rolledMeanwhile(ca);
				// What did not change adds nothing to the ledger.
				for (const one of after)
					if (!now.some((known) => known.number === one.number && isSameGeneration(known, one))) write(ca, one);
			}),
	};
};
