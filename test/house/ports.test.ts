import assert from 'node:assert/strict';
import { test } from 'node:test';
import { files, read } from './source.ts';

// An abstraction with one user is a way round in the text: a port stands for what there are two kinds of, and is asked by somebody else.

/** Ports of one kind, and why they are ports all the same. */
const reasons: Readonly<Record<string, string>> = {
	LedgerStore: 'a part of `Store`, which both stores fulfil whole',
	CheckpointMemory: 'checkpoints are files beside the database; a store in memory has none',
	PartStatement:
		"a challenge names the format of its answer: a part of another kind is another entry, and the check's order stays",
	Assembly: 'what `assemble` gives, apart from how it is put together, which fills a file',
};

interface Source {
	readonly file: string;
	readonly text: string;
	readonly words: ReadonlySet<string>;
}

const sourceOf = (file: string): Source => {
	const text = read(file);
	return { file, text, words: new Set(text.match(/\w+/g)) };
};

/** Every exported interface of a text that has something to call, with what else stands in the text. */
const callables = (text: string): { name: string; rest: string }[] =>
	[...text.matchAll(/^export interface (\w+)[^{\n]*\{\n(.*?)^\}/gms)]
		.filter(([, , body = '']) => /^\t(?:readonly )?\w+\??(?:<[^>]*>)?(?:\(|: \([^)]*\) =>)/m.test(body))
		.map(([whole, name = '']) => ({ name, rest: text.replace(whole, '') }));

/**
 * A port: one of `core/port`, or one that its file neither makes nor takes, so that it stands between other files. What a factory gives,
 * and what a function takes, is no port.
 */
const portsIn = ({ file, text }: Source): string[] =>
	callables(text)
		.filter(
			({ name, rest }) => file.startsWith('packages/core/port/') || !new RegExp(String.raw`\b${name}\b`).test(rest),
		)
		.map(({ name }) => name);

/** Ports that fewer than three other files name: two that fulfil it and one that asks it. */
const lonely = (sources: readonly Source[]): string[] =>
	sources.flatMap((source) =>
		portsIn(source).filter(
			(name) =>
				sources.filter(
					({ file, words }) => file !== source.file && !file.startsWith('packages/core/port/') && words.has(name),
				).length < 3,
		),
	);

test('a port is named by two that fulfil it and one that asks it, or says why it is one', () => {
	const sources = files('packages/*/**/*.{ts,tsx}')
		.filter((file) => !/\.(?:test|soak)\.tsx?$/.test(file))
		.map(sourceOf);
	assert.ok(sources.flatMap(portsIn).length > 40);
	assert.deepEqual(lonely(sources).toSorted(), Object.keys(reasons).toSorted());
});

test('a port with one user is found, and what a file makes or takes is not one', () => {
	const port = 'export interface Lamp {\n\tlight(): void;\n}\n';
	const source = (file: string, text: string): Source => ({ file, text, words: new Set(text.match(/\w+/g)) });
	const users = ['one', 'two', 'three'].map((name) =>
		source(`packages/x/${name}.ts`, 'import { Lamp } from "./lamp.ts"'),
	);
	const lamp = source('packages/x/lamp.ts', port);
	assert.deepEqual(lonely([lamp, ...users.slice(1)]), ['Lamp']);
	assert.deepEqual(lonely([lamp, ...users]), []);
	assert.deepEqual(lonely([source('packages/x/lamp.ts', `${port}export const make = (): Lamp => bulb;\n`)]), []);
	assert.deepEqual(lonely([source('packages/x/lamp.ts', port.replace('light(): void', 'readonly light: string'))]), []);
});
