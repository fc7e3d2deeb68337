import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { copySqliteStore, STORE_FILE } from './copy.ts';
import { inspectSqliteStore } from './inspect.ts';
import { openSqliteStore } from './open.ts';

test('a database with anything in it that Keyward did not make is neither opened, looked at nor copied', async () => {
	const home = temporaryFolder('keyward-schema-');
	const cases: readonly (readonly [name: string, sql: string])[] = [
		['trigger evil', 'CREATE TRIGGER evil AFTER INSERT ON reading BEGIN DELETE FROM reader_grant; END'],
		['view evil', 'CREATE VIEW evil AS SELECT 1'],
		['table evil', 'CREATE TABLE evil (a)'],
		['table signed_checkpoint', 'DROP TABLE signed_checkpoint'],
		['table principal', "ALTER TABLE principal ADD COLUMN more TEXT DEFAULT 'x'"],
	];
	for (const [index, [name, sql]] of cases.entries()) {
		const folder = join(home, String(index));
		await openSqliteStore(folder).close();
		await openSqliteStore(folder).close();
		const db = new DatabaseSync(join(folder, STORE_FILE));
		db.exec(sql);
		db.close();
		const refused = (error: unknown): boolean =>
			error instanceof Error && error.message.includes(name) && /by hand/.test(error.message);
		assert.throws(() => openSqliteStore(folder), refused, name);
		assert.throws(() => inspectSqliteStore(folder), refused, name);
		assert.throws(() => copySqliteStore(folder, join(home, `${index}.copy`)), refused, name);
	}
});

test('a folder that cannot be made is told, also where making it would never end', () => {
	assert.throws(() => openSqliteStore('/proc/keyward/data'), { code: 'store-failed' });
});
