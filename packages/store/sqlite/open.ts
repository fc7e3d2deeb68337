import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { CheckpointMemory, RegistryLog, Store } from '@keyward/core/port';
import { closable } from '../rules/closable.ts';
import { STORE_FILE } from './copy.ts';
import { asProblem, Database } from './database.ts';
import { lockFile } from './lock.ts';
import { openPorts } from './ports.ts';
import { requireOwnSchema } from './own-schema.ts';
import { migrate } from './schema.ts';

/** What vouches for the registry, and for the checkpoints beside the store; neither may be used once it is closed. */
export interface SqliteStore extends Store {
	readonly log: { readonly registry: RegistryLog; readonly checkpoints: CheckpointMemory };
}

/**
 * The store in a folder, which is made when it is not there, readable by its owner only.
 * Throws `Problem('store-in-use')` while another has it open, and `Problem('store-failed')`.
 */
export const openSqliteStore = (place: string): SqliteStore => {
	const folder = resolve(place);
	const file = join(folder, STORE_FILE);
	const lockName = join(folder, 'keyward.lock');
	try {
		prepare(folder, [file, lockName]);
	} catch (error) {
		throw asProblem('use its folder', error);
	}
	const lock = lockFile(lockName);
	let db: Database | undefined;
	try {
		const open = (db = new Database(file));
		requireOwnSchema(open.sql);
		migrate(open);
		const { ports, log, settle } = openPorts(open);
		const whole = closable(ports, () => {
			try {
				settle();
			} catch {
				// Only a shortcut for the next open, which does without it.
			}
			open.close();
			lock.close();
		});
		return Object.assign(whole, { log });
	} catch (error) {
		db?.close();
		lock.close();
		throw asProblem('be opened', error);
	}
};

/** catalogue: at-rest-encryption, secrets-wrapped. Other users of the machine must not read the store. */
const prepare = (folder: string, files: readonly string[]): void => {
	const made = make(folder);
	for (const file of files) {
		// Never opened when it is there: closing it again would drop this process's locks on it (POSIX fcntl).
		if (!existsSync(file)) closeSync(openSync(file, 'wx', 0o600));
		chmodSync(file, 0o600);
	}
	// A new name is durable once its folder is.
	sync(folder);
	if (made === undefined) return;
	for (let path = folder; path !== dirname(made); path = dirname(path)) sync(dirname(path));
};

/** The uppermost folder that had to be made, if any. Not by `mkdir`'s own recursion: under /proc that never ends. */
const make = (folder: string): string | undefined => {
	if (existsSync(folder)) return undefined;
	const above = dirname(folder) === folder ? undefined : make(dirname(folder));
	try {
		mkdirSync(folder, { mode: 0o700 });
	} catch (error) {
		// Another process was quicker.
		if (!existsSync(folder)) throw error;
	}
	return above ?? folder;
};

const sync = (folder: string): void => {
	const handle = openSync(folder, 'r');
	fsyncSync(handle);
	closeSync(handle);
};
