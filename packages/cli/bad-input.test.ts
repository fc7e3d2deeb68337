import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import type { Command, Option } from 'commander';
import { openCommandLines } from './keyward.fixture.ts';
import { makeProgram } from './program.ts';

const leaves = (command: Command, before: readonly string[] = []): [readonly string[], Command][] =>
	command.commands.length === 0
		? [[before, command]]
		: command.commands.flatMap((one) => leaves(one, [...before, one.name()]));

/** What takes a path: a file or a folder. */
const isPath = ({ flags }: Option): boolean => /<(?:file|folder|path|image)(?:\.{3})?>/.test(flags);

/** They go on until they are stopped, where what they need is there; doctor measures for two seconds. */
const lasting = new Set(['serve', 'witness serve', 'console', 'doctor']);

const folder = temporaryFolder('kw-');
mkdirSync(join(folder, 'folder'));
const run = openCommandLines(join(folder, 'folder'));

test('bad input at every verb ends with what is wrong: no verb meets it as a bug', async () => {
	const at = (name: string): string => join(folder, name);
	writeFileSync(at('noise'), Buffer.from(Array.from({ length: 999 }, (_, index) => (index * 7919 + 13) % 256)));
	writeFileSync(at('null.json'), 'null');
	let asked = 0;
	const ask = async (words: readonly string[], misused = false): Promise<void> => {
		asked += 1;
		const { status, stdout, stderr } = await run(words, at('noise/site'));
		assert.doesNotMatch(
			`${stdout}${stderr}`,
			/Something failed|\n\s+at |\[internal\]|\[object|undefined/,
			words.join(' '),
		);
		if (misused) assert.deepEqual([words, status, stdout], [words, 2, '']);
		if (status === 2) assert.match(stderr, /^keyward: .{8}/, words.join(' '));
	};
	for (const [words, verb] of leaves(await makeProgram(false, [], () => true))) {
		const must = verb.options.filter(({ mandatory }) => mandatory);
		/** The verb with everything that it needs, each that value. */
		const filled = (value: string, but?: Option): string[] => [
			...words,
			...must.flatMap((one) => (one === but ? [] : [`${one.long}=${value}`])),
			'--',
			...verb.registeredArguments.filter(({ required }) => required).map(() => value),
		];
		await ask([...words, '--no-such-option'], true);
		if (!verb.registeredArguments.some(({ variadic }) => variadic))
			await ask([...words, 'a', 'b', 'c', 'd', 'e'], true);
		if (lasting.has(words.join(' '))) continue;
		for (const value of ['', at('noise'), '/proc/self/none']) await ask(filled(value));
		for (const option of verb.options.filter(isPath))
			for (const value of ['noise', 'null.json', 'folder', 'noise/x', 'nowhere/x'])
				await ask([...words, `${option.long}=${at(value)}`, ...filled('x', option).slice(words.length)]);
	}
	assert.ok(asked > 500, `${asked} command lines`);
});

test('a file of the wrong kind is named, with what is wrong with it and what to do', async () => {
	const at = (name: string): string => join(folder, name);
	writeFileSync(at('latin1.yaml'), Buffer.from('application: hall # \xfcber', 'latin1'));
	writeFileSync(at('empty'), '\n');
	for (const words of [
		['policy', 'check'],
		['policy', 'explain'],
		['plan', '--prices'],
	]) {
		const { status, stderr } = await run([...words, at('latin1.yaml')]);
		assert.deepEqual(
			[status, stderr],
			[
				2,
				`keyward: ${at('latin1.yaml')} is not text in UTF-8: check the path, or save it as UTF-8 [file-unreadable]\n`,
			],
		);
		assert.match(
			(await run([...words, at('folder')])).stderr,
			/folder cannot be read \(EISDIR\): it is a folder, name a file \[/,
		);
	}
	const commission = ['device', 'commission', '--folder', at('new')];
	assert.match((await run([...commission, '--from', at('empty')])).stderr, /empty is empty: name the file that/);
	assert.match((await run(commission)).stderr, /Nothing came on standard input: give the commissioning string/);
	const nowhere = await run(['batch', 'commission', at('nowhere.csv'), '--strings', folder]);
	assert.match(nowhere.stderr, /nowhere\.csv cannot be read: it is not there, check the path\./);
});

test('a file that never ends is not read for ever', async () => {
	const { status, stderr } = await run(['policy', 'check', '/dev/zero']);
	assert.equal(status, 2);
	assert.equal(stderr, 'keyward: /dev/zero has more than 64 MiB: check the path [file-unreadable]\n');
	const inventory = await run(['reach', '--inventory', '/dev/zero']);
	assert.match(inventory.stderr, /^keyward: \/dev\/zero is a device, not a file: .*\[file-unreadable\]\n$/);
});
