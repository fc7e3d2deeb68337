import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TestSite } from './site.ts';

/** Times of a stream's readings, as the database on the disk has them, in order of arrival. */
export const keptIn = (site: Pick<TestSite, 'folder'>, device: string, stream = 'dose-rate'): number[] => {
	const db = new DatabaseSync(join(site.folder, 'keyward.sqlite'), { readOnly: true });
	try {
		return db
			.prepare(
				`SELECT identity AS time FROM reading WHERE stream = (SELECT id FROM stream WHERE device = ? AND stream = ?) ORDER BY cursor`,
			)
			.all(device, stream)
			.map((row) => Number(row['time']));
	} finally {
		db.close();
	}
};
