import assert from 'node:assert/strict';
import { test } from 'node:test';
import { files, read } from './source.ts';

// An abstraction with one user is a way round in the text: a port stands for what there are two kinds of, and is asked by somebody else.

/** Ports of one kind, and why they are ports all the same. */
const reasons: Readonly<Record<string, string>> = {
	LedgerStore: 'a part of `Store`, which both stores fulfil whole',
	CheckpointMemory: 'checkpoints are files beside the database; a store in memory has none',
};

interface Named {
	readonly port: string;
	/** Files outside `core/port`, tests left out, that name it. */
	readonly by: number;
}

/** Every interface of `core/port` that has something to call. */
const ports = (): Named[] => {
	const sources = files('packages/*/**/*.{ts,tsx}')
		.filter((file) => !file.startsWith('packages/core/port/') && !/\.(?:test|soak)\.tsx?$/.test(file))
		.map(read);
	return files('packages/core/port/*.ts').flatMap((file) =>
		[...read(file).matchAll(/^export interface (\w+)[^{]*\{\n(.*?)^\}/gms)]
			.filter(([, , body = '']) => /\)(?:: | => )/.test(body))
			.map(([, port = '']) => ({
				port,
				by: sources.filter((text) => new RegExp(String.raw`\b${port}\b`).test(text)).length,
			})),
	);
};

test('a port is named by two that fulfil it and one that asks it, or says why it is one', () => {
	const all = ports();
	assert.ok(all.length > 25);
	assert.deepEqual(
		all.filter(({ by }) => by < 3).map(({ port }) => port),
		Object.keys(reasons).filter((port) => all.some((one) => one.port === port)),
	);
});
