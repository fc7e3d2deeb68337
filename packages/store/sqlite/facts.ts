import type { FactStore } from '@keyward/core/port';
import { type Fact, type ParameterValue, requirementIds, strengths } from '@keyward/core/policy';
import { Problem } from '@keyward/core';
import { type Columns, number, oneOf, orNull, text } from './columns.ts';
import type { Database } from './database.ts';

const toValue = (json: string): ParameterValue => {
	const value: unknown = JSON.parse(json);
	if (typeof value === 'number' || typeof value === 'string' || value === true) return value;
	throw new Problem('store-failed', 'The store has a fact whose value is no number, text or true.');
};

const toFact = (row: Columns): Fact => {
	const until = orNull(number, row, 'until');
	return {
		subject: {
			kind: oneOf(row, 'kind', ['device', 'reader', 'service', 'update']),
			application: text(row, 'application'),
			id: text(row, 'id'),
		},
		claim: oneOf(row, 'claim', requirementIds),
		value: toValue(text(row, 'value')),
		strength: oneOf(row, 'strength', strengths),
		source: text(row, 'source'),
		at: number(row, 'at'),
		...(until !== null && { until }),
	};
};

/** For use within a write. */
export const factWrite = ({ sql }: Database): ((facts: readonly Fact[]) => void) => {
	const put = sql.prepare(
		`INSERT INTO fact (application, kind, id, claim, source, value, strength, at, until)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (application, kind, id, claim, source) DO UPDATE
		SET value = excluded.value, strength = excluded.strength, at = excluded.at, until = excluded.until`,
	);
	return (facts) => {
		for (const { subject, claim, value, strength, source, at, until } of facts) {
			const { application, kind, id } = subject;
			put.run(application, kind, id, claim, source, JSON.stringify(value), strength, at, until ?? null);
		}
	};
};

export const sqliteFacts = (db: Database): FactStore => {
	const { sql } = db;
	const put = factWrite(db);
	const own = sql.prepare('SELECT * FROM fact WHERE application = ? AND kind = ? AND id = ? ORDER BY added');
	const all = sql.prepare('SELECT * FROM fact ORDER BY added');
	// Apart, so that the key finds the few of the service itself among those of a fleet.
	const ofOne = sql.prepare('SELECT * FROM fact WHERE application = ? ORDER BY added');

	return {
		putFacts: async (facts) => db.write('record facts', () => put(facts)),
		factsOf: async ({ application, kind, id }) =>
			db.read('list facts', () => own.all(application, kind, id).map(toFact)),
		facts: async (application) =>
			db.read('list facts', () => (application === undefined ? all.all() : ofOne.all(application)).map(toFact)),
	};
};
