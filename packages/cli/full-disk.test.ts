import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeDurably } from '@keyward/custody';
import { openSqliteStore } from '@keyward/store';
import { temporaryFolder } from '@keyward/testing/folder';
import { mountSmallDisk } from '@keyward/testing/small-disk';
import { examine } from './doctor/examine.ts';
import { keyward } from './keyward.fixture.ts';
import { machineFault } from './terminal/machine-fault.ts';
import { diskWarning } from './verbs/disk-warning.ts';

/** Writes until nothing more goes on the disk. */
const fill = (file: string): void => {
	for (const size of [1024 * 1024, 4096])
		try {
			for (;;) writeFileSync(file, Buffer.alloc(size), { flag: 'a', flush: true });
		} catch (error) {
			assert.ok(error instanceof Error && 'code' in error && error.code === 'ENOSPC', String(error));
		}
};

test('on a full disk init writes no half site file, and doctor asks for room, never for a backup', async (t) => {
	const disk = mountSmallDisk(t, 4);
	if (disk === null) return;
	try {
		const data = join(disk.folder, 'site');
		await mkdir(data, { mode: 0o700 });
		await openSqliteStore(data).close();
		assert.match((await diskWarning(data)) ?? '', /nearly full \([0-3] MiB, \d+ inodes free\): below 64 MiB readings/);
		const filler = join(disk.folder, 'fill');
		fill(filler);
		const file = join(disk.folder, 'etc/site.yaml');
		await assertRefused(keyward(['init', '--yes', '--site', file], data), /its disk has no room left\. Free some/);
		const made = existsSync(join(disk.folder, 'etc')) ? readdirSync(join(disk.folder, 'etc')) : [];
		assert.deepEqual(made, []);
		const looked = await examine({ data, file, named: false }, Date.now());
		const mends = looked.filter(({ state }) => state === 'finding').map(({ mend }) => mend ?? '');
		assert.ok(
			mends.some((mend) => mend.startsWith('make room')),
			JSON.stringify(looked),
		);
		assert.ok(
			mends.every((mend) => !mend.includes('restore the data folder')),
			JSON.stringify(looked),
		);
		rmSync(filler);
		const done = await keyward(['init', '--yes', '--site', file], data);
		assert.equal(done.status, 0, done.stderr);
	} finally {
		disk.remove();
	}
});

test('on a disk that is mounted read-only serve and doctor say so, and what to do', async (t) => {
	const disk = mountSmallDisk(t, 4);
	if (disk === null) return;
	try {
		const data = join(disk.folder, 'site');
		await mkdir(data, { mode: 0o700 });
		await openSqliteStore(data).close();
		disk.makeReadOnly();
		await assertRefused(keyward(['serve'], data), /on a file system that cannot be written: name another with --data/);
		const looked = await examine({ data, file: join(data, 'site.yaml'), named: false }, Date.now());
		const found = looked.find(({ check }) => check === 'store');
		assert.equal(found?.mend, 'its file system is mounted read-only: see why (dmesg), and mount it for writing');
	} finally {
		disk.remove();
	}
});

test('on a full disk a batch names the file that has no room', async (t) => {
	const disk = mountSmallDisk(t, 1);
	if (disk === null) return;
	try {
		const batch = join(disk.folder, 'box.csv');
		await writeFile(batch, 'device\nbox-1\n');
		fill(join(disk.folder, 'fill'));
		const words = ['batch', 'commission', batch, '--strings', disk.folder];
		await assertRefused(keyward(words), /The result file .*\/box-result\.csv cannot be made or written: look whether/);
		const file = join(disk.folder, 'string');
		const full = await writeDurably(file, 'x'.repeat(9000), 'replace').catch((error: unknown) => error);
		assert.equal(machineFault(full)?.detail, `${file} has no room left on its disk: free some, and run this again.`);
	} finally {
		disk.remove();
	}
});

const assertRefused = async (ended: ReturnType<typeof keyward>, words: RegExp): Promise<void> => {
	const { status, stderr } = await ended;
	assert.equal(status, 2);
	assert.match(stderr, words);
};

test('an empty site file is named as that, with how to make it again', async () => {
	const folder = temporaryFolder('kw-empty-');
	const file = join(folder, 'site.yaml');
	await writeFile(file, '');
	await assertRefused(keyward(['init', '--yes'], folder), /is there and is empty: remove it, and run this again/);
	const [found] = await examine({ data: folder, file, named: true }, Date.now());
	assert.match(found?.said ?? '', /site\.yaml is empty: remove it, and make it again with keyward init\./);
});
