import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Milliseconds, minutes, Problem } from '@keyward/core';

/** A thin link, and one refresh before this one. */
const PATIENCE: Milliseconds = minutes(10);
const LOOK_AGAIN: Milliseconds = 100;

/**
 * One refresh of this folder at a time, over all processes: a slow one that began earlier would put back what a faster one has verified
 * since, and so undo the protection against old metadata (TUF 1.0.31 §5.4.4, §5.5.5). The system lets go of the lock with the process.
 * Throws `Problem('store-in-use')`.
 */
export const withFolderLock = async <Value>(folder: string, work: () => Promise<Value>): Promise<Value> => {
	const lock = await take(join(folder, 'lock.db'));
	try {
		return await work();
	} finally {
		lock.close();
	}
};

const take = async (file: string): Promise<DatabaseSync> => {
	for (let waited = 0; ; waited += LOOK_AGAIN) {
		const lock = new DatabaseSync(file, { timeout: 0 });
		try {
			lock.exec('PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE');
			return lock;
		} catch (cause) {
			lock.close();
			if (waited >= PATIENCE)
				throw new Problem('store-in-use', `Another process is at what the owner signed, in ${file}: let it end.`, {
					cause,
				});
			await sleep(LOOK_AGAIN);
		}
	}
};
