import type { Lease, LeaseStore } from '@keyward/core/port';
import { type Columns, number, orNull, text } from './columns.ts';
import type { Database } from './database.ts';

const toLease = (row: Columns): Lease => ({
	name: text(row, 'name'),
	holder: text(row, 'holder'),
	epoch: number(row, 'epoch'),
	until: orNull(number, row, 'until'),
});

export const sqliteLeases = (db: Database): LeaseStore => {
	const { sql } = db;
	const get = sql.prepare('SELECT * FROM lease WHERE name = ?');
	const ofHolder = sql.prepare('SELECT * FROM lease WHERE holder = ? ORDER BY epoch');
	const after = sql.prepare('SELECT * FROM lease WHERE epoch > ? ORDER BY epoch');
	const last = sql.prepare('SELECT coalesce(max(epoch), 0) AS epoch FROM lease');
	const put = sql.prepare(
		`INSERT INTO lease (name, holder, epoch, until) VALUES (?, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = excluded.epoch, until = excluded.until`,
	);
	const extend = sql.prepare('UPDATE lease SET until = ? WHERE name = ? AND epoch = ?');

	return {
		lease: async (name) =>
			db.read('read a lease', () => {
				const row = get.get(name);
				return row ? toLease(row) : null;
			}),
		leasesOf: async (holder) => db.read('list leases', () => ofHolder.all(holder).map(toLease)),
		leasesAfter: async (epoch) => db.read('list leases', () => after.all(epoch).map(toLease)),
		takeLeases: async (holder, wanted, at) =>
			db.write('take leases', () => {
				let epoch = Math.max(number(last.get() ?? {}, 'epoch'), at - 1);
				return wanted.map(({ name, seen, until }) => {
					const row = get.get(name);
					if ((row === undefined ? 0 : number(row, 'epoch')) !== seen) return null;
					epoch++;
					put.run(name, holder, epoch, until);
					return { name, holder, epoch, until };
				});
			}),
		renewLease: async (name, epoch, until) =>
			db.write('renew a lease', () => extend.run(until, name, epoch).changes > 0),
		endLease: async (name, epoch, at) => db.write('end a lease', () => extend.run(at, name, epoch).changes > 0),
	};
};
