import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { readDocument } from './read-file.ts';

const components = [{ type: 'library', name: 'zlib', version: '1.3', purl: 'pkg:deb/debian/zlib@1.3' }];
const bill = JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', components });

test('a small file, read at once, and a large one, read in a thread, give the same', async () => {
	const folder = temporaryFolder('keyward-read-');
	const read = async (name: string, text: string) => {
		const file = join(folder, name);
		writeFileSync(file, text);
		const { file: digest, ...rest } = await readDocument('bill', file);
		assert.equal(digest, createHash('sha256').update(text).digest('hex'));
		return rest;
	};
	const small = await read('small.json', bill);
	assert.deepEqual([small.components, small.unidentified], [1, 0]);
	assert.deepEqual(await read('large.json', bill.padEnd(100_000)), small);
	for (const [name, text] of [
		['small-bad.json', '{'],
		['large-bad.json', '{'.padEnd(100_000)],
	] as const)
		await assert.rejects(read(name, text), (error: unknown) => {
			assert.ok(error instanceof Error && 'code' in error && error.code === 'bill-malformed', String(error));
			assert.ok(error.message.includes(join(folder, name)), error.message);
			return true;
		});
	await assert.rejects(readDocument('bill', folder), { code: 'file-unreadable' });
});
