import { Problem } from '@keyward/core';
import type { IncidentStore } from '@keyward/core/port';
import { number, text } from './columns.ts';
import type { Database } from './database.ts';

export const sqliteIncidents = (db: Database): IncidentStore => {
	const { sql } = db;
	const add = sql.prepare('INSERT INTO incident (application, device, opened, text) VALUES (?, ?, ?, ?)');
	const put = sql.prepare('UPDATE incident SET text = ? WHERE number = ?');
	const all = sql.prepare('SELECT * FROM incident ORDER BY number');
	return {
		addIncident: async ({ application, device, opened, text: content }) =>
			db.write('record an incident', () => Number(add.run(application, device, opened, content).lastInsertRowid)),
		putIncident: async (which, content) =>
			db.write('record what became of an incident', () => {
				if (put.run(content, which).changes === 0) throw new Problem('store-failed', `There is no incident ${which}.`);
			}),
		incidents: async () =>
			db.read('list incidents', () =>
				all.all().map((row) => ({
					number: number(row, 'number'),
					application: text(row, 'application'),
					device: text(row, 'device'),
					opened: number(row, 'opened'),
					text: text(row, 'text'),
				})),
			),
	};
};
