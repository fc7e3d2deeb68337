import { randomBytes } from 'node:crypto';
import type { StoreGeneration, GenerationStore } from '@keyward/core/port';
import { number, only, orNull, text } from './columns.ts';
import type { Database } from './database.ts';

export const sqliteGeneration = (db: Database): GenerationStore => {
	const get = db.sql.prepare('SELECT generation, backup FROM store_generation');
	const put = db.sql.prepare('UPDATE store_generation SET generation = ?, backup = ?');
	// What was ended after the backup was made must not come back with it.
	const begun = ['person_session', 'approval_request', 'approval_override'].map((table) =>
		db.sql.prepare(`DELETE FROM ${table}`),
	);
	const row = only(get.get(), 'store_generation');
	let current: StoreGeneration = { id: text(row, 'generation'), backup: orNull(number, row, 'backup') };
	return {
		generation: async () => current,
		beginGeneration: async (backup) => {
			const next = { id: randomBytes(16).toString('hex'), backup };
			db.write('begin a generation', () => {
				put.run(next.id, next.backup);
				for (const forget of begun) forget.run();
			});
			current = next;
			return next;
		},
	};
};
