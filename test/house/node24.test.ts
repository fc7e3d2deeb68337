import assert from 'node:assert/strict';
import { appendFile, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { checkBinary, node24, unpinnedWarning } from '../../packages/cli/bin/node24.mjs';

const platform = `${process.platform}-${process.arch}`;

test('the tests run on the checked Node 24', async () => {
	assert.equal(process.version, 'v24.21.0');
	assert.equal(process.execPath, await node24());
});

test('a binary changed by one byte is refused', { skip: unpinnedWarning() ?? false }, async () => {
	const folder = temporaryFolder('keyward-node24-');
	const file = join(folder, 'node');
	await copyFile(process.execPath, file);
	await checkBinary(file, platform);
	await appendFile(file, 'x');
	await assert.rejects(checkBinary(file, platform), /is not Node 24\.21\.0 .* pinned is [0-9a-f]{64}/);
});

test('a platform without a pinned hash is named', () => {
	assert.match(unpinnedWarning('plan9-mips') ?? '', /plan9-mips.*unchecked/);
	assert.equal(unpinnedWarning('linux-x64'), null);
});
