import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { appendLeaf, emptyCompactRange, encodeCompactRange, makeLeaf, makeRegistryLeaf } from '@keyward/core/ledger';
import { contentType } from '@keyward/core/observe';
import type { Row } from '@keyward/core/port';
import { commits } from '@keyward/testing/store/commits';
import { verifyLedger } from '../verify.ts';
import { verifyRegistry } from '../verify-registry.ts';
import { copySqliteStore } from './copy.ts';
import { Database } from './database.ts';
import { openSqliteStore } from './open.ts';
import { migrate, schemaVersion } from './schema.ts';

/** What a Keyward of version 1 left behind: its tables alone, written to by their own names. */
const leaveVersion1 = (folder: string): void => {
	const file = join(folder, 'keyward.sqlite');
	// As it was made then: with a page before anything else is said.
	const first = new DatabaseSync(file);
	first.exec('PRAGMA journal_mode = WAL; CREATE TABLE page (one); DROP TABLE page');
	first.close();
	const db = new Database(file);
	migrate(db, 1);
	const columns = db.sql.prepare(`SELECT name FROM pragma_table_info('certificate')`).all();
	assert(!columns.some(({ name }) => name === 'revoked_cause'), 'this is version 1');
	const rows: Row[] = [1, 2, 3].map((cursor) => ({
		...{ stream: 1, cursor, identity: 1000 * cursor, time: 1000 * cursor },
		...{ type: contentType.value, payload: Uint8Array.of(cursor) },
	}));
	const name = { application: 'hall', device: 'gamma-1', stream: 'dose-rate' };
	const leaf = makeLeaf('hall', rows, () => name);
	db.sql.exec(`INSERT INTO stream (application, device, stream) VALUES ('hall', 'gamma-1', 'dose-rate')`);
	for (const { stream, cursor, time, payload } of rows) {
		db.sql
			.prepare('INSERT INTO reading (position, stream, cursor, back, time, record) VALUES (?, ?, ?, ?, ?, ?)')
			.run(cursor, stream, cursor, cursor === 1 ? 0 : 1, time, payload);
	}
	db.sql.prepare('INSERT INTO leaf VALUES (?, ?, ?)').run('hall', 0, leaf.bytes);
	db.sql
		.prepare('INSERT INTO edge VALUES (?, ?, ?)')
		.run('hall', 1, encodeCompactRange(appendLeaf(emptyCompactRange, leaf.hash)));
	const certificate = db.sql.prepare(
		`INSERT INTO certificate (fingerprint, serial, kind, application, id, key, not_before, not_after, der,
			revoked_at, revoked_reason) VALUES (?, ?, 'device', 'hall', 'gamma-1', x'07', 1, 2000, x'30', ?, ?)`,
	);
	certificate.run(Uint8Array.of(1), '01', null, null);
	certificate.run(Uint8Array.of(2), '02', 50, 'lost');
	db.sql.exec(`INSERT INTO token VALUES (x'aa', 'device', 'hall', 'gamma-2', 100, NULL)`);
	db.sql.exec(`INSERT INTO policy VALUES ('hall', 1, 'text', 9)`);
	db.close();
};

const autoVacuum = (file: string): unknown => {
	const db = new DatabaseSync(file, { readOnly: true });
	const mode = db.prepare('PRAGMA auto_vacuum').get()?.['auto_vacuum'];
	db.close();
	return mode;
};

test('a database of version 1 is brought to the newest, with all that is in it', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'keyward-migrate-'));
	try {
		leaveVersion1(folder);
		assert.equal(autoVacuum(join(folder, 'keyward.sqlite')), 0);
		for (const round of [1, 2]) {
			const store = openSqliteStore(folder);
			const [revoked, ...others] = await store.revoked('hall', 0);
			assert.deepEqual(
				[revoked?.revoked, revoked?.serial, others],
				[{ at: 50, cause: 'unspecified', reason: 'lost' }, '02', []],
			);
			assert.equal((await store.certificateBySerial('01'))?.revoked, null);
			assert.equal((await store.policies()).length, 1);
			assert.deepEqual(await store.forgotten(), { before: null, leaves: new Map() });
			const [stream] = await store.streams();
			assert(stream);
			assert.deepEqual([stream.last, stream.newest], [2 + round, (2 + round) * 1000]);
			await store.append(await commits(store).commit([[stream, stream.last * 1000 + 1000]]));
			assert.equal((await store.read(1, 0, 10)).length, 3 + round);
			const { breaks, readings } = await verifyLedger(store, 'hall');
			assert.deepEqual([breaks, readings], [[], 3 + round]);
			assert.equal((await store.token(Uint8Array.of(0xaa)))?.spentFor, null);
			assert.deepEqual(await store.sessions(), []);
			await store.close();
		}
		const copy = join(folder, 'copy.sqlite');
		const { schema, edges } = copySqliteStore(folder, copy);
		assert.deepEqual([schema, edges.map(({ size }) => size)], [schemaVersion, [3]]);
		assert.equal(autoVacuum(copy), 2, 'a copy gives space back when it forgets');
	} finally {
		rmSync(folder, { recursive: true });
	}
});

test('certificates that were covered by the ledger before their table was made again are covered after it', async () => {
	const folder = temporaryFolder('keyward-migrate-');
	const db = new Database(join(folder, 'keyward.sqlite'));
	migrate(db, 5);
	const put = db.sql.prepare(
		`INSERT INTO certificate (fingerprint, serial, kind, application, id, key, not_before, not_after, der,
			revoked_at, revoked_reason, revoked_cause) VALUES (?, ?, 'device', 'hall', 'gamma-1', x'07', 1, 2000, x'30', ?, ?, ?)`,
	);
	put.run(Uint8Array.of(1), '01', null, null, null);
	put.run(Uint8Array.of(2), '02', 50, 'lost', 'keyCompromise');
	db.sql.exec("DELETE FROM certificate WHERE serial = '01'");
	put.run(Uint8Array.of(3), '03', null, null, null);
	// As `registry-log.ts` covers a row: its columns by name, each with its type.
	const rows = db.sql
		.prepare('SELECT * FROM certificate ORDER BY added')
		.all()
		.map((row) => {
			const parts = Object.keys(row)
				.filter((name) => row[name] !== null)
				.toSorted()
				.map((name) => {
					const value = row[name];
					return value instanceof Uint8Array
						? [name, 'b', Buffer.from(value).toString('hex')]
						: [name, typeof value, value];
				});
			const state = Uint8Array.from(createHash('sha256').update(JSON.stringify(parts)).digest());
			return { kind: 'certificate', key: String(row['serial']), state };
		});
	const secret = new Uint8Array(32).fill(9);
	const leaf = makeRegistryLeaf(rows, emptyCompactRange, secret);
	db.sql.prepare('INSERT INTO registry_leaf VALUES (0, ?)').run(leaf.bytes);
	db.sql
		.prepare('INSERT INTO registry_edge VALUES (1, 1, ?)')
		.run(encodeCompactRange(appendLeaf(emptyCompactRange, leaf.hash)));
	db.close();

	const store = openSqliteStore(folder);
	const found = await verifyRegistry(store.log.registry, secret, null);
	assert.deepEqual([found.breaks, found.leaves], [[], 1]);
	assert.equal((await store.certificateBySerial('02'))?.revoked?.cause, 'keyCompromise');
	const generation = await store.generation();
	await store.close();
	const again = openSqliteStore(folder);
	assert.deepEqual(await again.generation(), generation, 'a start is no restore');
	await again.close();
});
