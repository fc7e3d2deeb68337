import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Command } from 'commander';
import { keyward } from './keyward.fixture.ts';
import { chapters } from './chapters.ts';
import { makeProgram } from './program.ts';

/** The words of `keyward help`'s verbs, from the lines of a help text. */
const verbsIn = (help: string): string[] =>
	[...help.matchAll(/^ {2}([a-z]+)(?: \[options\]| <| {2})/gm)]
		.map(([, verb]) => verb ?? '')
		.filter((verb) => verb !== 'help');

test('without words, and with --help, the verbs are shown by what they are for', async () => {
	for (const words of [[], ['--help'], ['help']]) {
		const { status, stdout } = await keyward(words);
		assert.equal(status, 0);
		for (const verb of [
			'policy',
			'posture',
			'serve',
			'status',
			'ledger',
			'device',
			'reader',
			'grant',
			'grants',
			'read',
			'revoke',
		])
			assert.ok(verbsIn(stdout).includes(verb), `${verb} is in the help`);
		assert.match(stdout, /^Add readers, and let them read:$/m);
		assert.match(stdout, /Exit code: 0 held, 1 a finding, 2 misuse/);
	}
});

test('every verb takes --json and says what it does', async () => {
	const leaves = (command: Command): Command[] =>
		command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
	const verbs = leaves(await makeProgram(false, [], () => true));
	assert.ok(verbs.length >= 20);
	for (const verb of verbs) {
		assert.ok(
			verb.options.some(({ long }) => long === '--json'),
			`${verb.parent?.name()} ${verb.name()}`,
		);
		assert.notEqual(verb.description(), '');
	}
});

/** Each verb of a program, by its words, with what its help says that it does. */
const summaries = (command: Command, before: readonly string[] = []): Record<string, string> =>
	Object.assign(
		{},
		...command.commands.map((one) => {
			const words = [...before, one.name()];
			return one.commands.length === 0 ? { [words.join(' ')]: one.description() } : summaries(one, words);
		}),
	) as Record<string, string>;

test('each verb is loaded alone by the words that call it, and says what the help of all says of it', async () => {
	const listed = chapters.flatMap(([, verbs]) => verbs);
	for (const { says } of listed.filter(({ ofAll }) => ofAll === undefined)) {
		for (const one of Object.keys(says)) {
			assert.deepEqual(summaries(await makeProgram(false, one.split(' '))), says);
			assert.deepEqual(summaries(await makeProgram(false, ['help', ...one.split(' ')])), says);
			assert.deepEqual(summaries(await makeProgram(false, ['--', ...one.split(' ')])), says);
		}
	}
	const all = Object.assign({}, ...listed.map(({ says }) => says)) as Record<string, string>;
	assert.deepEqual(summaries(await makeProgram(false, [], () => true)), all);
	for (const words of [[], ['--help'], ['help'], ['nothing'], ['device'], ['device', '--help']])
		assert.deepEqual(summaries(await makeProgram(false, words)), all);
});

test('the help of all loads no verb', async () => {
	const program = await makeProgram(false, ['--help']);
	const leaves = (command: Command): Command[] =>
		command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
	assert.deepEqual(
		leaves(program).filter(({ options }) => options.length > 0),
		[],
	);
});

test('a word that is no verb gets the nearest one, and exit code 2', async () => {
	const { status, stdout, stderr } = await keyward(['grnat']);
	assert.equal(status, 2);
	assert.equal(stdout, '');
	assert.match(stderr, /unknown command 'grnat'\s+\(Did you mean keyward grant\?\)/);
	for (const words of [['grnat'], ['device', 'lst']]) {
		const helped = await keyward(['help', ...words]);
		assert.equal(helped.status, 2, helped.stdout);
		assert.match(helped.stderr, /unknown command '\w+'\s+\(Did you mean keyward (grant|device list)\?\)/);
	}
	assert.equal((await keyward(['device'])).status, 2);
	const missing = await keyward(['grant', 'x', '--json']);
	assert.equal(missing.status, 2);
	assert.match((JSON.parse(missing.stderr) as { detail: string }).detail, /--application/);
});

test('a word that is no verb at the top gets the verbs of the groups that are near, and words in another order theirs', async () => {
	for (const [words, near] of [
		['contian pump-1', 'keyward contain'],
		['man', 'keyward help'],
		['devices', 'keyward device'],
		['lst devices', 'keyward device list'],
		['list device', 'keyward device list'],
		['device lst', 'keyward device list'],
		['device revoke', 'keyward revoke device'],
		['device update stats', 'keyward device update status'],
		['quarantine', 'keyward device quarantine'],
	] as const) {
		const { status, stderr } = await keyward(words.split(' '));
		assert.equal(status, 2);
		assert.match(stderr, new RegExp(`\\(Did you mean ${near}\\?\\)\\n`), words);
	}
	const { stderr } = await keyward(['lst', '--json']);
	assert.match(
		(JSON.parse(stderr) as { detail: string }).detail,
		/Did you mean one of keyward device list, keyward reader list, keyward \w+ list, or one of \d+ more: keyward help lists them\?/,
	);
	const strange = await keyward(['ledger', 'xyzzyx']);
	assert.match(strange.stderr, /unknown command 'xyzzyx'\n\(keyward ledger is followed by (\w+, )*verify(, \w+)*\.\)/);
	assert.doesNotMatch((await keyward(['xyzzyx'])).stderr, /Did you mean/);
});

test('an option without its value, or that is lacking, is said with what it would be', async () => {
	for (const [words, said] of [
		[
			'device expect d-1 --application hall --class',
			/'--class <name>' argument missing: its class in the policy's devices/,
		],
		['agility start --kind', /'--kind <kind>' argument missing\. Allowed choices are P-256, P-384, Ed25519\./],
		['agility start --kind P-255', /Allowed choices are P-256, P-384, Ed25519\./],
		['grant desk --application hall --stream air', /'--purpose <text>' not specified: what for, in words/],
		['device run', /'--source <kind>' not specified\. Allowed choices are stdin, csv, /],
	] as const) {
		const { status, stderr } = await keyward(words.split(' '));
		assert.equal(status, 2);
		assert.match(stderr, said);
	}
});

test('help prints the help of the verb that its words call, of a group, of all, and of itself', async () => {
	for (const [words, usage] of [
		['help device list', 'keyward device list [options]'],
		['help device update status', 'keyward device update status [options]'],
		['help grant', 'keyward grant [options] <reader>'],
		['help device', 'keyward device [options] [command]'],
		['help help', 'keyward help [options] [verb...]'],
		['help', 'keyward [options] [command]'],
		['help --json', 'keyward [options] [command]'],
	] as const) {
		const { status, stdout, stderr } = await keyward(words.split(' '));
		assert.deepEqual([words, status, stderr], [words, 0, '']);
		assert.equal(stdout.split('\n')[0], `Usage: ${usage}`);
	}
	assert.match((await keyward(['help', 'device', 'list'])).stdout, /--application <name>/);
});

test('the version is that of the package', async () => {
	assert.match((await keyward(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
});

test('where no site runs, it says what to do, to people and to machines', async () => {
	const folder = await mkdtemp(join(tmpdir(), 'kw-'));
	const said = await keyward(['status'], folder);
	assert.equal(said.status, 2);
	assert.match(
		said.stderr,
		/^keyward: No site is running in .*keyward serve.*--data.*KEYWARD_DATA.*\[site-unreachable\]\n$/,
	);
	const json = await keyward(['status', '--json', '--data', folder]);
	assert.equal(json.status, 2);
	assert.equal((JSON.parse(json.stderr) as { code: string }).code, 'site-unreachable');
	const bad = await keyward(['serve', '--https-port', 'http'], folder);
	assert.equal(bad.status, 2);
	assert.match(bad.stderr, /is no port/);
	const same = await keyward(['serve', '--https-port', '9443', '--mqtts-port', '9443'], folder);
	assert.match(same.stderr, /HTTPS and MQTT both ask for port 9443/);
	assert.match((await keyward(['read', 'a/b', '--as', folder])).stderr, /APPLICATION\/DEVICE\/STREAM/);
	await rm(folder, { recursive: true });
});
