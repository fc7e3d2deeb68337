import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { scriptOf } from './page.ts';
import { pages } from './pages.ts';
import { runScript } from './run.ts';

test('what the table says of a page is found on that page', () => {
	const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
	const lost = pages.flatMap((page) => scriptOf(page, read(page.file)).unused.map((key) => `${page.file}: ${key}`));
	assert.deepEqual(lost, []);
	assert.equal(new Set(pages.map(({ file }) => file)).size, pages.length);
});

test('a command that fails is named by page and line, one that is to be refused is not, and the rest is run', async (t) => {
	const markdown = [
		'# A page',
		'```sh',
		'echo first; true',
		'false',
		'reserved HASH \\',
		'  --further',
		'needs-hardware \\',
		'  --much',
		'```',
		'```console',
		'$ echo shown',
		'shown, says the page',
		'```',
		'```yaml',
		'not: run',
		'```',
		'```sh',
		'echo last',
		'```',
	].join('\n');
	const page = {
		file: 'x.md',
		before: 'reserved() { test "$*" = "h --further" && return 3; }',
		blocks: { 'echo last': 'echo before last' },
		words: { HASH: 'h' },
		refused: { reserved: 3 },
		not: { 'needs-hardware': 'hardware' },
	};
	const script = scriptOf(page, markdown);
	assert.deepEqual(
		[script.commands, script.unused, script.passed],
		[5, [], [{ line: 7, text: 'needs-hardware \\', why: 'hardware' }]],
	);
	const { ok, said } = await runScript('x.md', script.text, temporaryFolder('keyward-page-'), 60_000);
	if (/^(?:unshare|mount|ip|bash): /m.test(said)) return t.skip(`no namespaces here: ${said.trim()}`);
	assert.equal(ok, false);
	assert.deepEqual(said.trim().split('\n'), ['first', 'x.md:4: exit 1: false', 'shown', 'before last', 'last']);
	assert.deepEqual(scriptOf({ file: 'x.md', not: { nowhere: '' } }, markdown).unused, ['nowhere']);
});
