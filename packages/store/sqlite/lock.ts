import { DatabaseSync } from 'node:sqlite';
import { Problem } from '@keyward/core';
import { asProblem } from './database.ts';

const SQLITE_BUSY = 5;

/**
 * Keeps every other process, and this one, from opening the place again until the lock is closed. The kernel holds the
 * lock and drops it when the process ends, however it ends, so no stale lock is left. It is on a separate file so that
 * the data can be looked at and backed up meanwhile; nothing else in this process may open and close that file, which
 * would drop the lock (POSIX fcntl).
 * Throws `Problem('store-in-use')`.
 */
export const lockFile = (file: string): DatabaseSync => {
	let lock: DatabaseSync | undefined;
	try {
		lock = new DatabaseSync(file, { timeout: 0 });
		lock.exec('BEGIN EXCLUSIVE');
		return lock;
	} catch (error) {
		lock?.close();
		if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) {
			throw new Problem('store-in-use', 'Another process has this data folder open. Stop it, or use another folder.');
		}
		throw asProblem('be locked', error);
	}
};
