import { randomBytes } from 'node:crypto';
import type { GenerationStore } from '@keyward/core/port';
import { only, text } from './columns.ts';
import type { Database } from './database.ts';

export const sqliteGeneration = (db: Database): GenerationStore => {
	const get = db.sql.prepare('SELECT generation FROM store_generation');
	const put = db.sql.prepare('UPDATE store_generation SET generation = ?');
	let current = text(only(get.get(), 'store_generation'), 'generation');
	return {
		generation: async () => current,
		beginGeneration: async () => {
			const generation = randomBytes(16).toString('hex');
			db.write('begin a generation', () => put.run(generation));
			current = generation;
			return generation;
		},
	};
};
