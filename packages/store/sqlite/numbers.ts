import type { NumberStore } from '@keyward/core/port';
import { number } from './columns.ts';
import type { Database } from './database.ts';

export const sqliteNumbers = (db: Database): NumberStore => {
	const take = db.sql.prepare(
		`INSERT INTO taken_number (name, last) VALUES (?1, ?2)
		ON CONFLICT (name) DO UPDATE SET last = max(last + 1, ?2) RETURNING last`,
	);
	return {
		takeNumber: async (name, floor) =>
			db.write('take a number', () => number(take.get(name, Math.max(1, floor)) ?? {}, 'last')),
	};
};
