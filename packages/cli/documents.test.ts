import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { commandsOf, type DocumentedCommand } from './documents.fixture.ts';
import { inTodaysWords } from './old-words.ts';
import { makeProgram } from './program.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const documents = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md', 'packaging/**/*.md', 'advisories/*.md'], {
	cwd: root,
	exclude: ['**/node_modules/**', 'CHANGELOG.md'],
});

const leaves = (command: Command): Command[] =>
	command.commands.length === 0 ? [command] : [command, ...command.commands.flatMap(leaves)];

/** The program with verbs that do nothing, and read no file. */
const emptied = async (): Promise<Command> => {
	const program = await makeProgram(false, [], () => true);
	for (const one of leaves(program)) {
		one.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
		if (one.commands.length === 0) one.action(() => undefined);
	}
	return program;
};

/** What is wrong with a command named in running text, where `…` and what it needs besides may be left out; null when nothing is. */
const named = (all: Command, words: readonly string[]): string | null => {
	let at = all;
	const rest = [...words];
	while (at.commands.length > 0) {
		const [first] = rest;
		if (first === undefined || first === '…') return at === all ? 'names no verb' : null;
		const next = at.commands.find((command) => command.name() === first || command.aliases().includes(first));
		if (next === undefined) return at === all && first.startsWith('-') ? null : `no verb ${first}`;
		rest.shift();
		at = next;
	}
	const known = new Set(at.options.flatMap(({ long, short }) => [long, short]));
	const unknown = rest.filter((one) => /^--?[a-z]/.test(one)).find((one) => !known.has(one.split('=')[0]));
	return unknown === undefined || unknown === '--help' ? null : `no option ${unknown}`;
};

const program = await emptied();

const complaintOf = async ({ words, whole }: DocumentedCommand): Promise<string | null> => {
	const today = inTodaysWords(words);
	const complaint = named(program, today);
	if (complaint !== null || !whole || today.some((one) => one.includes('…') || one.startsWith('['))) return complaint;
	try {
		await program.parseAsync(today, { from: 'user' });
		return null;
	} catch (error) {
		return error instanceof Error ? error.message : String(error);
	}
};

test('every command line in the documents is one that the program takes', async () => {
	const found = documents.flatMap((file) => commandsOf(file, readFileSync(join(root, file), 'utf8')));
	assert.ok(found.length > 300 && found.filter(({ whole }) => whole).length > 100);
	const wrong: string[] = [];
	for (const command of found) {
		const complaint = await complaintOf(command);
		if (complaint !== null)
			wrong.push(`${command.file}:${command.line} keyward ${command.words.join(' ')}: ${complaint}`);
	}
	assert.deepEqual(wrong, []);
});

test('a command of a document that names no verb or option of ours is found', async () => {
	const text = [
		'Text with `keyward device lst` and `keyward status --jsn` and `keyward read … --to TARGET`.',
		'```',
		'$ npx keyward grant desk --application hall   # lacks the rest',
		'keyward device expect g-1 --application hall | keyward device commission --ownr HASH',
		"keyward contain g-1 --application hall --since 1h --reason 'a | b' > out; keyward nothing",
		'```',
	].join('\n');
	const complaints = [];
	for (const command of commandsOf('x.md', text)) complaints.push([command.line, await complaintOf(command)]);
	assert.deepEqual(complaints, [
		[1, 'no verb lst'],
		[1, 'no option --jsn'],
		[1, null],
		[3, "error: required option '--stream <name>' not specified"],
		[4, null],
		[4, 'no option --ownr'],
		[5, null],
		[5, 'no verb nothing'],
	]);
});
