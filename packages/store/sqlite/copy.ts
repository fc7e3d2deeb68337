import { closeSync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { bytes, number, text } from './columns.ts';
import { asProblem } from './database.ts';
import { requireOwnSchema } from './own-schema.ts';

/** What a copy of a store holds. */
export interface StoreCopy {
	/** The version of its tables. */
	readonly schema: number;
	/** Each ledger's right edge (`ledger/tree`), by application. */
	readonly edges: readonly { readonly application: string; readonly size: number; readonly edge: Uint8Array }[];
}

/**
 * How far each generation of the site's CAs is in the store of a folder, to be compared; also while a service has it open. Empty
 * for one of a version that kept that elsewhere. Throws `Problem('store-failed')`.
 */
export const caStates = (folder: string): string => {
	let db: DatabaseSync | undefined;
	try {
		db = new DatabaseSync(join(folder, STORE_FILE), { readOnly: true, timeout: 5000 });
		const isThere = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'ca_generation'").get() !== undefined;
		return isThere ? JSON.stringify(db.prepare('SELECT * FROM ca_generation ORDER BY ca, number').all()) : '';
	} catch (error) {
		throw asProblem('be read', error);
	} finally {
		db?.close();
	}
};

/** The name of a store's one file that has to be kept. */
export const STORE_FILE = 'keyward.sqlite';

/**
 * Writes the store of a folder as it is at one moment to a new file, whole and compact, also while a service has it open
 * and writes. Durable when it returns; nothing that was forgotten or deleted is in it. While it runs, the store's write-ahead
 * log grows. Throws `Problem('store-failed')`.
 */
export const copySqliteStore = (folder: string, file: string): StoreCopy => {
	let from: DatabaseSync | undefined;
	let copy: DatabaseSync | undefined;
	try {
		// Made by us, so that it is never readable by others, not for a moment.
		closeSync(openSync(file, 'wx', 0o600));
		from = new DatabaseSync(join(folder, STORE_FILE), { readOnly: true, timeout: 5000 });
		// For the copy: one of a store from before this was the rule gets it too.
		const mode = from.prepare('PRAGMA auto_vacuum').get()?.['auto_vacuum'];
		if (mode === 0) from.exec('PRAGMA auto_vacuum = INCREMENTAL');
		from.prepare('VACUUM INTO ?').run(file);
		copy = new DatabaseSync(file, { readOnly: true });
		requireOwnSchema(copy);
		const schema = number(copy.prepare('PRAGMA user_version').get() ?? {}, 'user_version');
		const edges = copy
			.prepare('SELECT application, size, edge FROM edge ORDER BY application')
			.all()
			.map((row) => ({ application: text(row, 'application'), size: number(row, 'size'), edge: bytes(row, 'edge') }));
		const handle = openSync(file, 'r');
		fsyncSync(handle);
		closeSync(handle);
		return { schema, edges };
	} catch (error) {
		throw asProblem('be copied', error);
	} finally {
		from?.close();
		copy?.close();
	}
};
