import assert from 'node:assert/strict';
import { test } from 'node:test';
import { circlesOf, fileGraph, groupedBy, roomOf } from './circles.ts';
import { files } from './source.ts';

// No file and no room imports, by whatever way, what imports it: each can be read, tested and moved after what is below it.

/** Rooms that still import each other. This list may only shrink. */
const roomsToPart: readonly (readonly string[])[] = [
	['packages/cli/.', 'packages/cli/keycheck', 'packages/cli/verbs'],
	['packages/scan/.', 'packages/scan/codec', 'packages/scan/locked', 'packages/scan/nested', 'packages/scan/reader'],
	['packages/store/.', 'packages/store/memory', 'packages/store/sqlite'],
];

/** Files that still import each other. This list may only shrink. */
const filesToPart: readonly (readonly string[])[] = [
	['packages/agent/enrolment/request-child.ts', 'packages/agent/enrolment/send-request.ts'],
	['packages/agent/source/end-cutter.ts', 'packages/agent/source/line-watch.ts'],
	[
		...[
			'adaptability',
			'authenticity',
			'authorization',
			'confidentiality',
			'entry',
			'index',
			'integrity',
			'resistance',
		].map((file) => `packages/core/policy/catalogue/${file}.ts`),
		...['fact', 'parameters', 'policy', 'scale'].map((file) => `packages/core/policy/${file}.ts`),
	],
	['packages/scan/shared-factors-worker.ts', 'packages/scan/shared-factors.ts'],
	['packages/service/mqtt/connection/connection.ts', 'packages/service/mqtt/connection/listener.ts'],
];

const isTest = (file: string): boolean => /\.(test|fixture)\.ts$|^packages\/testing\/|\/crash-child\.ts$/.test(file);
const graph = fileGraph(files('packages/**/*.ts').filter((file) => !isTest(file)));

test('no files import each other in a circle, types counted', () => {
	assert.deepEqual(circlesOf(graph), filesToPart);
});

test('no rooms of a package import each other in a circle', () => {
	assert.deepEqual(circlesOf(groupedBy(graph, roomOf)), roomsToPart);
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
