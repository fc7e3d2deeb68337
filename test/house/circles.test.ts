import assert from 'node:assert/strict';
import { test } from 'node:test';
import { circlesOf, fileGraph, groupedBy, roomOf } from './circles.ts';
import { files } from './source.ts';

// No file and no room imports, by whatever way, what imports it: each can be read, tested and moved after what is below it.

const isTest = (file: string): boolean =>
	/\.(test|soak|fixture)\.ts$|^packages\/testing\/|\/crash-child\.ts$/.test(file);
const graph = fileGraph(files('packages/**/*.ts').filter((file) => !isTest(file)));

test('no files import each other in a circle, types counted', () => {
	assert.deepEqual(circlesOf(graph), []);
});

test('no rooms of a package import each other in a circle', () => {
	assert.deepEqual(circlesOf(groupedBy(graph, roomOf)), []);
});

test('a circle of files and of rooms is seen where there is one', () => {
	const made = fileGraph(files('test/house/fixtures/circle/**/*.ts'));
	const here = 'test/house/fixtures/circle';
	assert.deepEqual(circlesOf(made), [[`${here}/north/one.ts`, `${here}/south/two.ts`]]);
	assert.deepEqual(circlesOf(groupedBy(made, roomOf)), [[`${here}/north`, `${here}/south`]]);
	// A long one, beside nodes that only lead into it or out of it.
	const long = new Map(
		Object.entries({ in: ['a'], a: ['b'], b: ['c', 'out'], c: ['a'], out: [] }).map(([from, to]) => [
			from,
			new Set(to),
		]),
	);
	assert.deepEqual(circlesOf(long), [['a', 'b', 'c']]);
});
