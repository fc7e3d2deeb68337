import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Milliseconds, Problem, seconds } from '@keyward/core';

export const IDENTITY_LOCK = 'identity.lock';

/** SQLite's result code SQLITE_BUSY. */
const BUSY = 5;
const RETRY: Milliseconds = 20;
/** A write to the disk is what is waited for: some milliseconds, or seconds on a worn card. */
const PATIENCE: Milliseconds = seconds(30);

/** An empty database: the system frees its lock however the process ends. Null while another has it. */
const take = (path: string): DatabaseSync | null => {
	let database: DatabaseSync | null = null;
	try {
		database = new DatabaseSync(path, { timeout: 0 });
		database.exec('BEGIN EXCLUSIVE');
		return database;
	} catch (error) {
		database?.close();
		if (error instanceof Error && 'errcode' in error && error.errcode === BUSY) return null;
		throw new Problem(
			'identity-file',
			`${path} cannot be locked: give this account the right to write in its folder.`,
			{
				cause: error,
			},
		);
	}
};

/**
 * Runs one after the other, in whichever process, what reads and rewrites `identity.json` of a folder; the agent's own lock, its
 * outbox, is held as long as it runs. Not to be nested. Throws `Problem('store-in-use')` when another does not end.
 */
export const withIdentityLock = async <Value>(folder: string, work: () => Promise<Value>): Promise<Value> => {
	const path = join(folder, IDENTITY_LOCK);
	for (const end = Date.now() + PATIENCE; ; await sleep(RETRY)) {
		const lock = take(path);
		if (lock !== null)
			try {
				return await work();
			} finally {
				lock.close();
			}
		if (Date.now() >= end)
			throw new Problem(
				'store-in-use',
				`Another program has been changing the identity in ${folder} for half a minute: stop it, or try again.`,
			);
	}
};
