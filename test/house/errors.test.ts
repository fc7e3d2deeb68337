import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorCodes } from '@keyward/core';
import { files, read, writtenIn } from './source.ts';

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
	// A case of a switch only passes a code on that something else must make.
	const uses = new Map<string, number>();
	const count = (value: string, by: number): void => void uses.set(value, (uses.get(value) ?? 0) + by);
	for (const file of files('packages/**/*.ts')) {
		if (/\.(test|soak|fixture)\.ts$|\/testing\//.test(file) || file === 'packages/core/problem/code.ts') continue;
		const { strings, cases } = writtenIn(file);
		for (const text of strings) count(text, 1);
		for (const text of cases) count(text, -1);
	}
	assert.deepEqual(
		errorCodes.filter((code) => (uses.get(code) ?? 0) <= 0),
		[],
	);
});
