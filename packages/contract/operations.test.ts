import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { isName } from '@keyward/core/device';
import Value from 'typebox/value';
import { openapi } from './openapi.ts';
import { operations } from './operations.ts';
import { name } from './shapes.ts';

test('every operation has its file, is listed under its own name, and every file is an operation', async () => {
	const folder = new URL('.', import.meta.url);
	const files: string[] = [];
	for (const file of await readdir(folder))
		if (/= operation\('/.test(await readFile(new URL(file, folder), 'utf8'))) files.push(file);
	for (const [key, operation] of Object.entries(operations)) assert.equal(operation.name, key);
	assert.deepEqual(
		files.toSorted(),
		Object.keys(operations)
			.map((key) => `${key.replaceAll('.', '-')}.ts`)
			.toSorted(),
	);
});

test('a name at the door is a name inside', () => {
	for (const text of [
		'a',
		'reactor-hall',
		'a.b-9',
		'x'.repeat(64),
		'x'.repeat(65),
		'',
		'-a',
		'a-',
		'A',
		'_epochs',
		'a/b',
		'a b',
		'ä',
		'a\n',
		'+',
		'#',
	])
		assert.equal(Value.Check(name, text), isName(text), JSON.stringify(text));
});

test('docs/openapi.json is what the schemas say (npm run openapi -w packages/service writes it)', async () => {
	const root = new URL('../../', import.meta.url);
	const written = await readFile(new URL('docs/openapi.json', root), 'utf8');
	const service = await readFile(new URL('packages/service/package.json', root), 'utf8');
	const { version } = JSON.parse(service) as { version: string };
	assert.equal(written, `${JSON.stringify(openapi(version), null, '\t')}\n`);
});

test('the document names a server, and each answer has one type and a form of failure', () => {
	const { servers, paths } = openapi('0.0.0') as {
		readonly servers: readonly { readonly url: string }[];
		readonly paths: Readonly<
			Record<string, Readonly<Record<string, { readonly responses: Record<string, { content?: object }> }>>>
		>;
	};
	assert.match(servers[0]?.url ?? '', /^https:/);
	for (const [path, methods] of Object.entries(paths))
		for (const { responses } of Object.values(methods)) {
			assert.ok(responses['4XX'] !== undefined, path);
			// JSON or text, as an answer may be, is no type that a generated client can use.
			for (const { content } of Object.values(responses)) assert.ok(Object.keys(content ?? {}).length <= 1, path);
		}
});
