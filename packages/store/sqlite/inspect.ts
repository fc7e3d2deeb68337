import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Bytes, Instant } from '@keyward/core';
import { number, text } from './columns.ts';
import { asProblem, Database } from './database.ts';
import { lockFile } from './lock.ts';
import { openPorts } from './ports.ts';
import { requireOwnSchema } from './own-schema.ts';
import { schemaVersion } from './schema.ts';

/** What a look at a closed store shows. */
export interface StoreLook {
	/** The version of its tables, and the one that this Keyward brings them to. */
	readonly schema: number;
	readonly newestSchema: number;
	/** The latest moment that anything in it names: a reading, a policy, the beginning of a certificate; null when it is empty. */
	readonly newest: Instant | null;
	/** What SQLite finds wrong with the file, in its words; empty when nothing. Null when it is too large to be looked through here. */
	readonly damage: readonly string[] | null;
	readonly size: Bytes;
	/** Generations of the site's CAs that count, whose certificates and keys a start needs; empty for a store of another version. */
	readonly cas: readonly { readonly ca: string; readonly number: number; readonly custody: string }[];
}

/** Larger ones take minutes to look through. */
const LARGEST_CHECK: Bytes = 2 * 1024 ** 3;

/**
 * Looks at the store in a folder without changing it, and opens it as a start does; null when there is none. Throws `Problem('store-in-use')` while
 * another has it open, and `Problem('store-failed')`.
 */
export const inspectSqliteStore = (folder: string): StoreLook | null => {
	const file = join(folder, 'keyward.sqlite');
	if (!existsSync(file)) return null;
	const lock = lockFile(join(folder, 'keyward.lock'));
	let db: Database | undefined;
	try {
		db = new Database(file, { readOnly: true });
		const open = db.sql;
		const one = (sql: string): number | null => {
			const [value] = Object.values(open.prepare(sql).get() ?? {});
			return typeof value === 'number' ? value : null;
		};
		const schema = one('PRAGMA user_version') ?? 0;
		const size = (one('PRAGMA page_count') ?? 0) * (one('PRAGMA page_size') ?? 0);
		requireOwnSchema(open);
		const hasLatest = one(`SELECT count(*) FROM pragma_table_info('stream') WHERE name = 'latest'`) === 1;
		const moments =
			schema === 0
				? []
				: [
						`SELECT max(${hasLatest ? 'coalesce(latest, newest)' : 'newest'}) FROM stream`,
						'SELECT max(at) FROM policy',
						'SELECT max(not_before) FROM certificate',
					].map(one);
		const known = moments.filter((at) => at !== null);
		const damage =
			size > LARGEST_CHECK
				? null
				: open
						.prepare('PRAGMA quick_check(5)')
						.all()
						.flatMap((row) => Object.values(row).map(String))
						.filter((said) => said !== 'ok');
		// As a start does: a row that it needs and that is gone would keep the site from starting. Damage is told in SQLite's own words.
		const isWhole = schema === schemaVersion && !damage?.length;
		if (isWhole) openPorts(db);
		const counting = isWhole
			? open
					.prepare("SELECT ca, number, custody FROM ca_generation WHERE state IN ('announced', 'active', 'outgoing')")
					.all()
			: [];
		return {
			schema,
			newestSchema: schemaVersion,
			newest: known.length === 0 ? null : Math.max(...known),
			damage,
			size,
			cas: counting.map((row) => ({
				ca: text(row, 'ca'),
				number: number(row, 'number'),
				custody: text(row, 'custody'),
			})),
		};
	} catch (error) {
		throw asProblem('be looked at', error);
	} finally {
		db?.close();
		lock.close();
	}
};
