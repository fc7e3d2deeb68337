import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { consoleFiles, withCore } from './build.ts';

const built = new URL('../service/page/built/', import.meta.url);

/** `npm run soak` compares all; `npm test` what changes with the console alone, so that a change of core breaks no test here. */
const sweep = process.env['KEYWARD_SWEEP'] === 'all';

test('what the service serves is what the source says (npm run build -w packages/console writes it)', async () => {
	const files = await consoleFiles();
	const names = await readdir(built);
	for (const [name, { text, core }] of files) {
		if (core && !sweep) continue;
		assert.ok(names.includes(name), `${name} is not built`);
		assert.equal(await readFile(new URL(name, built), 'utf8'), text, name);
	}
	const core = [...files].filter((file) => file[1].core).map(([name]) => name);
	assert.ok(withCore.every((name) => core.includes(`${name}.js`)) && !core.includes('console.js'), core.join(' '));
	// Whatever is loaded is there.
	for (const name of names.filter((one) => one.endsWith('.js')))
		for (const [, other = ''] of (await readFile(new URL(name, built), 'utf8')).matchAll(
			/(?:from|import\()"\.\/([\w.-]+)"/g,
		))
			assert.ok(names.includes(other), `${name} loads ${other}`);
	// The first page's script, as it travels.
	const first = files.get('console.js')?.text ?? '';
	const imported = [...first.matchAll(/from"\.\/([\w.-]+)"/g)].map(([, name = '']) => files.get(name)?.text ?? '');
	const size = [first, ...imported].reduce((sum, text) => sum + brotliCompressSync(text).length, 0);
	assert.ok(size < 60 * 1024, `${size} bytes of compressed script`);
	assert.ok(first.length > 10_000);
});
