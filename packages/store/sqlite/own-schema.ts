import type { DatabaseSync } from 'node:sqlite';
import { Problem } from '@keyward/core';
import { text } from './columns.ts';
import { Database } from './database.ts';
import { migrate, schemaVersion } from './schema.ts';

/** What SQLite keeps for itself is no part of a schema. */
const OBJECTS = `SELECT type || ' ' || name AS name, coalesce(sql, '') AS sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite^_%' ESCAPE '^'`;

const objectsOf = (sql: DatabaseSync): Map<string, string> =>
	new Map(
		sql
			.prepare(OBJECTS)
			.all()
			.map((row) => [text(row, 'name'), text(row, 'sql').replaceAll(/[\s"]/g, '').toLowerCase()]),
	);

const made = new Map<number, ReadonlyMap<string, string>>();

/** What a version of the schema has: made once, for a process that opens several databases, or one again. */
const objectsAt = (version: number): ReadonlyMap<string, string> => {
	const known = made.get(version);
	if (known !== undefined) return known;
	const own = new Database(':memory:');
	try {
		migrate(own, version);
		const objects = objectsOf(own.sql);
		made.set(version, objects);
		return objects;
	} finally {
		own.close();
	}
};

/** Tables, triggers, views and indexes that Keyward did not make, made otherwise, or that are missing, as `trigger x`. */
const foreignIn = (sql: DatabaseSync): string[] => {
	const version = Number(sql.prepare('PRAGMA user_version').get()?.['user_version']);
	// A newer Keyward's is for `migrate` to refuse.
	if (version > schemaVersion) return [];
	const [wanted, there] = [objectsAt(version), objectsOf(sql)];
	const names = new Set([...wanted.keys(), ...there.keys()]);
	return [...names].filter((name) => wanted.get(name) !== there.get(name));
};

/**
 * IEC 62443-4-2 CR 3.9: what runs inside the database runs with our hands. A trigger left there by who had the file would
 * change the registry within our own transactions, and the ledger would cover it. Throws `Problem('store-failed')`.
 */
export const requireOwnSchema = (sql: DatabaseSync): void => {
	const [first, ...more] = foreignIn(sql);
	if (first === undefined) return;
	const others = more.length === 0 ? '' : `, and ${more.length} more`;
	throw new Problem(
		'store-failed',
		`The database is not as Keyward made it: ${first}${others} was added, changed or removed by hand. Nothing of it was run. Keep the folder as it is for the investigation, and restore a backup from before.`,
	);
};
