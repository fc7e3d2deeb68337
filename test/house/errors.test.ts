import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorCodes } from '@keyward/core';
import { files, read, visit } from './source.ts';

// The closed union of error codes, the code that uses them and docs/errors.md are one list.

const rows = read('docs/errors.md')
	.split('\n')
	.flatMap((line) => {
		const match = /^\| `([a-z-]+)` \|(.*)\|(.*)\|$/.exec(line);
		return match === null ? [] : [{ code: match[1] ?? '', meaning: match[2] ?? '', remedy: match[3] ?? '' }];
	});

test('docs/errors.md explains each code once, in the order of the code', () => {
	assert.deepEqual(
		rows.map(({ code }) => code),
		[...errorCodes],
	);
});

test('each explanation says what it means and what to do', () => {
	const thin = rows.filter(({ meaning, remedy }) => meaning.trim().length < 15 || remedy.trim().length < 15);
	assert.deepEqual(thin, []);
});

test('every code is used', () => {
	const literals = new Set<unknown>();
	for (const file of files('packages/**/*.ts')) {
		if (file.endsWith('.test.ts') || file === 'packages/core/problem/code.ts') continue;
		visit(file, { Literal: ({ value }) => void literals.add(value) });
	}
	assert.deepEqual(
		errorCodes.filter((code) => !literals.has(code)),
		[],
	);
});
