import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { makeFolder } from './make-folder.ts';

test('a folder is made with those above it, for its owner alone; one that is there stays', async () => {
	const home = temporaryFolder('keyward-folder-');
	const deep = join(home, 'a/b/c');
	await makeFolder(deep);
	await makeFolder(deep);
	assert.equal((await stat(deep)).mode & 0o777, 0o700);
	await writeFile(join(home, 'file'), '');
	for (const wrong of [join(home, 'file'), join(home, 'file/below'), join(home, `x${String.fromCharCode(0)}`)])
		await assert.rejects(makeFolder(wrong), { code: 'file-unreadable' });
});

test('where nothing can be made, it says so and ends', { skip: !existsSync('/proc/self') }, async () => {
	await assert.rejects(makeFolder('/proc/keyward/data'), { code: 'file-unreadable' });
});
