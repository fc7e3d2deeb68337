import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Problem } from '@keyward/core';
import { asProblem } from './database.ts';

const SQLITE_BUSY = 5;

/**
 * Keeps every other process, and this one, from opening the place again until the lock is closed. The kernel holds the
 * lock and drops it when the process ends, however it ends, so no stale lock is left. It is on a separate file so that
 * the data can be looked at and backed up meanwhile; nothing else in this process may open and close that file, which
 * would drop the lock (POSIX fcntl).
 * Throws `Problem('store-in-use')`, which names the folder and, where Linux tells, the process.
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
			const holder = holderOf(file);
			const process = holder === null ? 'Another process' : `The process ${holder}`;
			throw new Problem('store-in-use', `${process} has ${dirname(file)} open. Stop it, or use another folder.`);
		}
		throw asProblem('be locked', error);
	}
};

/** The process that has the file locked; null where it is of another container or account that cannot be seen, or not on Linux. */
const holderOf = (file: string): number | null => {
	try {
		const { dev, ino } = statSync(file, { bigint: true });
		// gnu_dev_major and gnu_dev_minor, as /proc/locks prints them (proc_locks(5)).
		const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
		const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
		const place = [major, minor].map((one) => one.toString(16).padStart(2, '0')).join(':');
		for (const [, pid, at] of readFileSync('/proc/locks', 'utf8').matchAll(/: POSIX +\w+ +WRITE (\d+) (\S+) /g))
			if (at === `${place}:${ino}` && Number(pid) > 0) return Number(pid);
	} catch {
		// Not told here.
	}
	return null;
};
