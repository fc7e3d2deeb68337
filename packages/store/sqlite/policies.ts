import type { PolicyEpoch, PolicyStore } from '@keyward/core/port';
import { type Columns, number, text } from './columns.ts';
import { appliedMeanwhile } from '../rules/conflict.ts';
import type { Database } from './database.ts';

const toEpoch = (row: Columns): PolicyEpoch => ({
	application: text(row, 'application'),
	epoch: number(row, 'epoch'),
	text: text(row, 'text'),
	at: number(row, 'at'),
});

export const sqlitePolicies = (db: Database): PolicyStore => {
	const { sql } = db;
	const last = sql.prepare('SELECT coalesce(max(epoch), 0) AS epoch FROM policy WHERE application = ?');
	const put = sql.prepare('INSERT INTO policy (application, epoch, text, at) VALUES (?, ?, ?, ?)');
	const newest = sql.prepare(
		`SELECT * FROM policy WHERE epoch = (SELECT max(epoch) FROM policy AS each WHERE each.application = policy.application)
		ORDER BY application`,
	);

	return {
		putPolicy: async (application, policy, at, after) =>
			db.write('record a policy', () => {
				const newest = number(last.get(application) ?? {}, 'epoch');
				if (newest !== after) throw appliedMeanwhile(application, after, newest);
				const epoch = newest + 1;
				put.run(application, epoch, policy, at);
				return { application, epoch, text: policy, at };
			}),
		policies: async () => db.read('list policies', () => newest.all().map(toEpoch)),
	};
};
