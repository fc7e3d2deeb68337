import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { days, hours, Problem } from '@keyward/core';
import { addSignature, type CommandContent, readReceipt, signCommand } from '@keyward/core/command';
import { makeEphemeralKey } from '@keyward/custody';
import { allowListFile, readAllowList } from './allow-list.ts';
import { createCommands } from './commands.ts';
import { openCommandJournal } from './journal.ts';

const [anna, ben, streamKey] = [makeEphemeralKey(), makeEphemeralKey(), makeEphemeralKey()];
const now = Date.UTC(2026, 10, 27);
let sequence = 0;
const content = (change: Partial<CommandContent> = {}): CommandContent => ({
	...{ application: 'hall', device: 'probe-1', name: 'count', commander: 'anna' },
	...{ sequence: ++sequence, issued: now, expires: now + hours(1), ...change },
});

const open = async (t: TestContext, place?: string) => {
	const folder = place ?? (await mkdtemp(join(tmpdir(), 'keyward-commands-')));
	if (place === undefined) t.after(() => rm(folder, { recursive: true, force: true }));
	await writeFile(
		allowListFile(folder),
		JSON.stringify({
			count: { program: '/bin/echo', arguments: ['$HOME', '; false'] },
			fail: { program: '/bin/false' },
			gone: { program: '/nonexistent/program' },
			open: { program: '/bin/true' },
			start: { program: '/bin/sh', arguments: ['-c', 'sleep 600 & echo $!'] },
		}),
	);
	let runs = 0;
	const take = createCommands({
		...{ application: 'hall', device: 'probe-1', now: () => now },
		allowList: await readAllowList(folder),
		journal: await openCommandJournal(folder, now),
		roster: () =>
			Promise.resolve({
				application: 'hall',
				commanders: new Map([
					['anna', { key: anna.publicKey, expires: now + days(1) }],
					['ben', { key: ben.publicKey, expires: now + days(1) }],
				]),
				signers: { command: 1, dangerous: 2 },
				commands: new Map(['count', 'fail', 'gone', 'start'].map((name) => [name, 'harmless'] as const)),
				expires: now + days(1),
			}),
		receiptSigner: () => Promise.resolve(streamKey),
		onReceipt: ({ outcome }) => {
			if (outcome === 'done') runs++;
		},
	});
	const said = async (message: Uint8Array): Promise<string> => {
		const answer = await take(message);
		assert.ok(answer !== null);
		const { receipt, signed } = readReceipt(answer, streamKey.publicKey);
		assert.ok(signed);
		return receipt.code ?? `${receipt.outcome} ${receipt.detail}`;
	};
	return { folder, said, take, runs: () => runs };
};

test('a command runs its program with its fixed arguments, once, and no shell sees any of it', async (t) => {
	const { folder, said, runs } = await open(t);
	const message = await signCommand(content(), anna);
	assert.equal(await said(message), 'done exit code 0: $HOME ; false');
	// Delivered again: the same receipt, and nothing is run.
	assert.equal(await said(message), 'done exit code 0: $HOME ; false');
	assert.equal(runs(), 1);
	assert.equal(await said(await signCommand(content({ name: 'fail' }), anna)), 'failed exit code 1');
	assert.match(await said(await signCommand(content({ name: 'gone' }), anna)), /^failed it cannot be started/);
	// After a later one, and after a restart, the first is a replay.
	assert.equal(await said(message), 'command-replayed');
	assert.equal(await (await open(t, folder)).said(message), 'command-replayed');
});

test('what a program leaves running is not waited for, and more commands than a queue holds come again', async (t) => {
	const { said, take } = await open(t);
	const started = await said(await signCommand(content({ name: 'start' }), anna));
	const pid = Number(/^done exit code 0: (\d+)$/.exec(started)?.[1]);
	// It runs still, and is ours to end.
	assert.equal(process.kill(pid, 'SIGKILL'), true);
	const message = await signCommand(content({ name: 'fail' }), anna);
	const answers = await Promise.all(Array.from({ length: 80 }, () => take(message)));
	assert.equal(answers.filter((answer) => answer === null).length, 16);
});

test('a journal that cannot be written says so, and nothing is begun', async (t) => {
	const { folder, said, take, runs } = await open(t);
	await said(await signCommand(content({ name: 'fail' }), anna));
	await rm(folder, { recursive: true });
	await assert.rejects(
		take(await signCommand(content(), anna)),
		(error) => error instanceof Problem && error.code === 'store-failed',
	);
	assert.equal(runs(), 0);
});

test('a dangerous one, which every one is that the roster does not call harmless, takes two', async (t) => {
	const { said } = await open(t);
	const one = await signCommand(content({ name: 'open' }), anna);
	assert.equal(await said(one), 'command-signers');
	assert.equal(await said(await addSignature(one, ben)), 'done exit code 0');
	assert.equal(await said(new Uint8Array(Buffer.from('open the valve'))), 'command-malformed');
	assert.equal(await said(await signCommand(content({ device: 'probe-2' }), anna)), 'command-other-device');
});

test('a journal that does not say when it began lets nothing in that was signed before', async (t) => {
	const { folder } = await open(t);
	await writeFile(join(folder, 'commands-obeyed.json'), '{}');
	for (let start = 0; start < 2; start++) assert.equal((await openCommandJournal(folder, now + start)).begun, now);
});

test('what a power cut interrupted is not begun again; without a key for receipts nothing is begun at all', async (t) => {
	const { folder } = await open(t);
	const message = await signCommand(content(), anna);
	const { hash } = (await import('@keyward/core/command')).readCommand(message);
	const journal = await openCommandJournal(folder, now);
	await journal.note('anna', { sequence, hash: Buffer.from(hash).toString('hex'), receipt: null });
	assert.match(await (await open(t, folder)).said(message), /^interrupted/);
	const take = createCommands({
		...{ application: 'hall', device: 'probe-1', now: () => now, journal, allowList: new Map() },
		roster: () => Promise.resolve(null),
		receiptSigner: () => Promise.resolve(null),
		onReceipt: () => assert.fail('nothing to say'),
	});
	assert.equal(await take(message), null);
});

test('an allow-list that is not as it should be, and a damaged journal, are said', async (t) => {
	const { folder } = await open(t);
	const bad: readonly [unknown, RegExp][] = [
		[[], /no object/],
		[{ 'a b': {} }, /no name/],
		[{ a: { program: 'reboot' } }, /absolute path/],
		[{ a: { program: '/bin/true', arguments: 'now' } }, /arguments/],
		[{ a: { program: '/bin/true', shell: true } }, /"shell"/],
		[{ a: { program: '/bin/true', dangerous: false } }, /owner's roster says/],
	];
	for (const [list, why] of bad) {
		await writeFile(allowListFile(folder), JSON.stringify(list));
		await assert.rejects(readAllowList(folder), (error) => error instanceof Problem && why.test(error.detail));
	}
	await writeFile(join(folder, 'commands-obeyed.json'), '{"anna":{}}');
	await assert.rejects(
		openCommandJournal(folder, now),
		(error) => error instanceof Problem && error.code === 'identity-file',
	);
});
