import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import type { Store } from '@keyward/core/port';
import { commits } from '@keyward/testing/store/commits';
import { truncateBefore, ledgerKey } from '@keyward/testing/store/truncation';
import { openSqliteStore } from './sqlite/open.ts';
import { verifyLedger } from './verify.ts';

const folderFor = (): string => {
	const folder = temporaryFolder('keyward-place-');
	return folder;
};
const code = (expected: string) => (error: unknown) =>
	error instanceof Error && 'code' in error && error.code === expected;

test('a place is open once: in this process, and in another', async () => {
	const folder = folderFor();
	const script = `
		import { openSqliteStore } from ${JSON.stringify(new URL('sqlite/open.ts', import.meta.url).href)};
		try { openSqliteStore(process.argv[1]); console.log('opened'); } catch (error) { console.log(error.code); }
	`;
	const other = (): string =>
		spawnSync(process.execPath, ['--input-type=module', '-e', script, folder], { encoding: 'utf8' }).stdout.trim();
	const store = openSqliteStore(folder);
	assert.throws(() => openSqliteStore(folder), code('store-in-use'));
	// Elsewhere nobody tells which process it is.
	const holder = process.platform === 'linux' ? `The process ${process.pid}` : 'Another process';
	assert.throws(() => openSqliteStore(folder), {
		message: `store-in-use: ${holder} has ${folder} open. Stop it, or use another folder.`,
	});
	assert.equal(other(), 'store-in-use', 'also after this process tried again');
	await store.close();
	assert.equal(other(), 'opened');
	await openSqliteStore(folder).close();
});

const picture = async (store: Store): Promise<unknown> => [
	await store.streams(),
	await store.journal(0, 1000),
	await store.leaves('hall', 0, 1000),
	await store.edge('hall'),
	await store.policies(),
];

test('everything is there after closing and opening, and the files are private', async () => {
	const folder = join(folderFor(), 'made', 'here');
	const store = openSqliteStore(folder);
	const stream = await store.openStream({ application: 'hall', device: 'gamma-1', stream: 'dose-rate' });
	await store.openStream({ application: 'hall', device: 'gamma-2', stream: 'dose-rate' });
	await store.append(
		await commits(store).commit([
			[stream, 1000],
			[stream, 900],
		]),
	);
	await store.putPolicy('hall', 'text', 1, 0);
	const before = await picture(store);
	assert.equal(statSync(folder).mode & 0o777, 0o700);
	for (const file of ['keyward.sqlite', 'keyward.sqlite-wal', 'keyward.lock']) {
		assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600, file);
	}
	await store.close();
	const again = openSqliteStore(folder);
	assert.deepEqual(await picture(again), before);
	await again.append(await commits(again).commit([[(await again.streams())[0] ?? stream, 2000]]));
	assert.equal((await again.read(stream.id, 0, 10)).length, 3);
	await again.close();
});

test('what is forgotten gives its room back to the disk', async () => {
	const folder = folderFor();
	const store = openSqliteStore(folder);
	const stream = await store.openStream({ application: 'hall', device: 'gamma-1', stream: 'dose-rate' });
	const { commit } = commits(store);
	const size = (): number => {
		const look = new DatabaseSync(join(folder, 'keyward.sqlite'), { timeout: 1000 });
		look.exec('PRAGMA wal_checkpoint(TRUNCATE)');
		look.close();
		return statSync(join(folder, 'keyward.sqlite')).size;
	};
	// Its tables take what they take.
	const empty = size();
	for (let time = 0; time < 60_000; time += 1000) {
		await store.append(await commit(Array.from({ length: 1000 }, (_, i) => [stream, time + i])));
	}
	const before = size() - empty;
	assert.equal(await truncateBefore(store, 55_000, 1_000_000, 1000), 55_000);
	const after = size() - empty;
	assert(after < before / 3, `${after} of ${before} bytes`);
	assert.deepEqual((await verifyLedger(store, 'hall', { key: ledgerKey('hall') })).breaks, []);
	await store.close();
});

test('a file that is no database, or a newer one, is refused and left alone', () => {
	const folder = folderFor();
	const file = join(folder, 'keyward.sqlite');
	writeFileSync(file, 'not a database, and long enough to have been one '.repeat(50));
	assert.throws(() => openSqliteStore(folder), code('store-failed'));
	rmSync(file);
	const db = new DatabaseSync(file);
	db.exec('PRAGMA user_version = 1000');
	db.close();
	assert.throws(() => openSqliteStore(folder), code('store-failed'));
	assert.throws(() => openSqliteStore(folder), code('store-failed'), 'and not as in use');
});
