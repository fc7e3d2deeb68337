import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeProgram } from '../../packages/cli/program.ts';
import { files, read, writtenIn } from './source.ts';

// What a user reads is plain English, read once: help, errors, README and documents.

const refused =
	/(?<![Tt]here )\b(?:is|are) none\b(?! of)|\bof its own\b|\banew\b|\blet alone\b|\bwhoever\b|\bgoes without\b|\bso long\b(?! that| as)|\bspoken here\b|\btaken back\b|\bfirst cut\b/giu;

const foundIn = (text: string): string[] => text.match(refused) ?? [];

test('documents are in plain English', () => {
	// Its rows name the test cases of the suite, word for word.
	const documents = files('*.md', 'docs/*.md').filter((file) => !/^CHANGELOG|mqtt-conformance/.test(file));
	assert.ok(documents.length > 20);
	assert.deepEqual(
		documents.flatMap((file) => foundIn(read(file)).map((words) => `${file}: ${words}`)),
		[],
	);
});

/** Phrases that code, comments and titles of tests are spared as well; Python's `is None` is let through. */
const unclear =
	/(?<![Tt]here )\b(?:is|are) none\b(?! of)|(?<!out )\bof its own\b|\banew\b|\blet alone\b|\b[Ww]hoever\b|\bgoes without\b/gu;

test('code, comments, titles of tests and decisions are in plain English', () => {
	const sources = files(
		'{packages,scripts,attacks,bench,examples,test}/**/*.{css,mjs,py,sh,ts,tsx}',
		'docs/adr/*.md',
		'packaging/**/*',
	).filter((file) => file !== 'test/house/words.test.ts' && /\.\w+$/.test(file));
	assert.ok(sources.length > 1000);
	assert.deepEqual(
		sources.flatMap((file) => (read(file).match(unclear) ?? []).map((words) => `${file}: ${words}`)),
		[],
	);
	assert.deepEqual('// A port that is none, of its own: whoever goes without makes it anew'.match(unclear), [
		'is none',
		'of its own',
		'whoever',
		'goes without',
		'anew',
	]);
	assert.equal('locked out of its own key; where there is none; is None'.match(unclear), null);
});

test('what a program says is in plain English', () => {
	const sources = files('packages/*/**/*.ts').filter(
		(file) => !/^packages\/testing\/|\.(?:test|soak|fixture)\.ts$/.test(file),
	);
	const said: string[] = [];
	for (const file of sources) {
		const look = (text: string): void => void said.push(...foundIn(text).map((words) => `${file}: ${words}`));
		const { strings, templates } = writtenIn(file);
		for (const text of [...strings, ...templates]) look(text);
	}
	assert.deepEqual(said, []);
});

test('every help text is in plain English', async () => {
	type Command = Awaited<ReturnType<typeof makeProgram>>;
	const all = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(all)];
	const helps = all(await makeProgram(false, [], () => true)).map((one) => ({
		verb: one.name(),
		words: foundIn(one.helpInformation()),
	}));
	assert.deepEqual(
		helps.filter(({ words }) => words.length > 0),
		[],
	);
});

test('the phrases are found where they stand, and what is plain is let through', () => {
	assert.deepEqual(foundIn('A port that is none. Make it anew, whoever you are; a MQTT that is not spoken here'), [
		'is none',
		'anew',
		'whoever',
		'spoken here',
	]);
	assert.deepEqual(foundIn('null when there is none; it is none of these; a line so long that it was not read'), []);
});
