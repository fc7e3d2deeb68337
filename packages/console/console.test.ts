import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { consoleFiles } from './build.ts';

const built = new URL('../service/page/built/', import.meta.url);

test('what the service serves is what the source says (npm run build -w packages/console writes it)', async () => {
	const files = await consoleFiles();
	assert.deepEqual((await readdir(built)).toSorted(), [...files.keys()].toSorted());
	for (const [name, text] of files) assert.equal(await readFile(new URL(name, built), 'utf8'), text, name);
	// The first page's script, as it travels.
	const first = files.get('console.js') ?? '';
	const imported = [...first.matchAll(/from"\.\/([\w.-]+)"/g)].map(([, name = '']) => files.get(name) ?? '');
	const size = [first, ...imported].reduce((sum, text) => sum + brotliCompressSync(text).length, 0);
	assert.ok(size < 60 * 1024, `${size} bytes of compressed script`);
	assert.ok(first.length > 10_000);
});
