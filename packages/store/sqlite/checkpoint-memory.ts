import type { CheckpointMemory } from '@keyward/core/port';
import { number, text } from './columns.ts';
import type { Database } from './database.ts';

export const sqliteCheckpointMemory = (db: Database): CheckpointMemory => {
	const all = db.sql.prepare('SELECT application, size FROM signed_checkpoint');
	const put = db.sql.prepare(
		`INSERT INTO signed_checkpoint (application, size) VALUES (?, ?)
		ON CONFLICT (application) DO UPDATE SET size = excluded.size`,
	);
	return {
		signed: () =>
			db.read(
				'list checkpoints',
				() => new Map(all.all().map((row) => [text(row, 'application'), number(row, 'size')])),
			),
		remember: (application, size) => void db.write('remember a checkpoint', () => put.run(application, size)),
	};
};
