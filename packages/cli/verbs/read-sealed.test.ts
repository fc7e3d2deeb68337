import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sealReading } from '@keyward/core/seal';
import { chromiumFile, openBrowser } from '@keyward/testing/service/evil-page';
import { familyOf, findInMemory } from '@keyward/testing/agent/process-memory';
import { until } from '@keyward/testing/agent/until';
import { keyward, start } from '../keyward.fixture.ts';
import { hashOf, name, name2, setUp, textOf } from './read-sealed.fixture.ts';

const open = fileURLToPath(new URL('../../../examples/clients/node/open.mjs', import.meta.url));

const pythonRead = fileURLToPath(new URL('../../../examples/clients/python/keyward_read.py', import.meta.url));

const filesIn = (folder: string): Buffer[] =>
	readdirSync(folder, { recursive: true, encoding: 'utf8' })
		.map((file) => join(folder, file))
		.filter((file) => statSync(file).isFile())
		.map((file) => readFileSync(file));

const jsonLines = (text: string): Record<string, unknown>[] =>
	text
		.split('\n')
		.filter((line) => line !== '')
		.map((line) => JSON.parse(line) as Record<string, unknown>);

interface Shown {
	readonly readings: readonly { readonly value: unknown; readonly proof: unknown }[];
	readonly next: string;
	readonly nowSigned: unknown;
	readonly findings: unknown;
}

/** The page of a link in a browser, and the token that it was given. */
const openPage = async (t: TestContext, link: string) => {
	const page = await (await openBrowser(null, (end) => t.after(end))).newPage();
	await page.goto(link);
	await page.locator('#who', { hasText: 'desk' }).waitFor();
	return { page, token: await page.evaluate<string>("sessionStorage.getItem('keyward-page')") };
};

/** `keyward console`, and what its page is answered. */
const openConsole = async (t: TestContext, folder: string) => {
	const program = start(['console', '--as', folder, '--json']);
	const ended = once(program, 'exit');
	t.after(async () => {
		program.kill('SIGTERM');
		assert.deepEqual(await ended, [0, null]);
	});
	const { stdout } = program;
	assert.ok(stdout !== null);
	const [printed] = (await once(stdout, 'data')) as [Buffer];
	const { origin, hash } = new URL((JSON.parse(printed.toString()) as { link: string }).link);
	const post = async (path: string, body: object, more: Readonly<Record<string, string>> = {}): Promise<unknown> => {
		const headers = { origin, 'keyward-request': '1', ...more };
		const response = await fetch(`${origin}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
		assert.equal(response.status, 200, await response.clone().text());
		return response.json();
	};
	const shownIn = existsSync(chromiumFile) ? await openPage(t, `${origin}/${hash}`) : null;
	const { token } =
		shownIn ?? ((await post('/v1/console/open', { token: hash.replace('#open=', '') })) as { token: string });
	return {
		ask: async (operation: string, input: object): Promise<Shown> =>
			(await post(`/v1/operations/${operation}`, input, { authorization: `Bearer ${token}` })) as Shown,
		/** Opens that address of the console in a browser, where there is one, until the text is on the page. */
		shows: async (path: string, text: string): Promise<void> => {
			if (shownIn === null) return;
			await shownIn.page.goto(`${origin}${path}`);
			await shownIn.page.getByText(text).first().waitFor();
		},
	};
};

test('a granted reader opens a sealed stream; what was sealed is nowhere in the service: neither disk, memory nor log', async (t) => {
	const { folder, data, site, desk, send, epoch, checkpoint, said } = await setUp(t);
	const begin = Date.now() - 60_000;
	// 16 bytes each. The second goes the same way, open: it must be found, or the search proves nothing.
	const [planted, control] = [randomBytes(8).toString('hex'), randomBytes(8).toString('hex')];
	const { message, keys } = await epoch();
	const rows = [planted, 'b', 'c', 'd'].map((value, at) => sealReading(keys, at + 1, textOf(value, begin + at * 1000)));
	assert.equal(await send(Buffer.concat([message, ...rows.slice(0, 2)])), 0);
	assert.equal(await send(textOf('open', begin), name), 0x83, 'what must be sealed is not taken open');
	assert.equal(await send(textOf(control, begin, 'open-word'), name2), 0);

	const read = ['read', 'hall/p-1/word', '--as', desk.folder];
	const shown = await keyward([...read, '--json', '--after', '0'], data);
	assert.equal(shown.status, 0, shown.stderr);
	assert.deepEqual(
		jsonLines(shown.stdout).map(({ value, proof, time }) => [value, proof, time]),
		[
			[planted, 'opened', begin],
			['b', 'opened', begin + 1000],
		],
	);
	const both = await keyward(['read', 'hall/p-1/+', '--as', desk.folder], data);
	assert.match(both.stdout, new RegExp(control));

	// What acts on readings gets them once they are signed, each once, also when it is run again in the middle of an epoch.
	const file = join(folder, 'word.jsonl');
	const deliver = async (): Promise<unknown[]> => {
		const { status, stderr } = await keyward([...read, '--to', `json:${file}`], data);
		assert.equal(status, 0, stderr);
		return jsonLines(readFileSync(file, 'utf8')).map(({ value, proof }) => `${String(value)} ${String(proof)}`);
	};
	assert.deepEqual(await deliver(), []);
	const first = await checkpoint(keys, rows.slice(0, 2), 1);
	assert.equal(await send(first), 0);
	assert.deepEqual(await deliver(), [`${planted} signed`, 'b signed']);
	const third = sealReading(keys, 4, textOf('third', begin + 5000));
	assert.equal(await send(third), 0);
	assert.deepEqual(await deliver(), [`${planted} signed`, 'b signed']);
	const shownAgain = await keyward([...read, '--after', '0'], data);
	assert.match(shownAgain.stdout, /signed: numbers 1 to 2 of epoch 1/);

	// The ten lines of examples/clients/node, on the same machine.
	const script = spawn(process.execPath, [open, desk.folder, 'hall/p-1/word'], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	t.after(() => script.kill('SIGKILL'));
	let lines = '';
	script.stdout.setEncoding('utf8').on('data', (text: string) => (lines += text));
	await until('the script has opened them', () => lines.includes('third') && lines.includes('"signed":{"epoch":1'));
	assert.match(lines, new RegExp(`"value":"${planted}","unit":"/","proof":"opened"`));
	// As of `| head`: it ends at its next line, and says nothing.
	const scriptEnded = once(script, 'exit');
	script.stdout.destroy();

	// The console on the reader's machine shows them; what it asks the service for stays sealed.
	const consoleOf = await openConsole(t, desk.folder);
	await consoleOf.shows('/streams/hall/p-1/word', 'third');
	const page = await consoleOf.ask('readings.read', { ...name, after: '0', limit: 10 });
	assert.deepEqual(
		page.readings.map(({ value, proof }) => [value, proof]),
		[
			[planted, 'opened'],
			['b', 'opened'],
			['third', 'opened'],
		],
	);
	assert.deepEqual(page.nowSigned, [{ from: begin, to: begin + 1000 }]);
	assert.deepEqual(page.findings, []);
	assert.deepEqual((await consoleOf.ask('readings.read', { ...name, after: page.next, limit: 10 })).readings, []);

	const tail = [third];
	// The second implementation reads the same from the service: what is stored, and what comes.
	if (['cbor2', 'cryptography'].every((one) => existsSync(`/usr/lib/python3/dist-packages/${one}`))) {
		const words = ['-B', pythonRead, desk.folder, 'hall/p-1/word', '4'];
		const reader = spawn('/usr/bin/python3', words, { stdio: ['ignore', 'pipe', 'inherit'] });
		t.after(() => reader.kill('SIGKILL'));
		let told = '';
		reader.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
		await until('Python has opened what is stored', () => told.includes('"third"'));
		const live = sealReading(keys, 5, textOf('live', begin + 6000));
		assert.equal(await send(live), 0);
		tail.push(live);
		await once(reader, 'close');
		assert.match(told, new RegExp(`"value": "${planted}".*\\{"signed": \\[1, 1, 2\\]\\}.*"live"`, 's'));
	}

	// Between the newest two is a checkpoint: it is no reading. Prometheus has the newest that is signed, though another waits.
	tail.push(sealReading(keys, 4 + tail.length, textOf(7.5, begin + 7000)));
	const [number] = tail.slice(-1);
	assert(number !== undefined);
	const last = sealReading(keys, 5 + tail.length, textOf(8.5, begin + 8000));
	const signedTail = await checkpoint(keys, tail, 4, hashOf(first));
	for (const item of [number, signedTail, last]) assert.equal(await send(item), 0);
	assert.deepEqual(await scriptEnded, [0, null]);
	const two = await keyward([...read, '--limit', '2', '--json'], data);
	assert.deepEqual(
		jsonLines(two.stdout).flatMap(({ value }) => value ?? []),
		[7.5, 8.5],
	);
	const shownFile = join(folder, 'word.prom');
	await keyward([...read, '--to', `prometheus:${shownFile}`, '--limit', '1'], data);
	assert.match(readFileSync(shownFile, 'utf8'), /stream="word",unit="\/"\} 7\.5$/m);

	// A reader that follows names the silence while it lasts, not at its next look for something else.
	const following = start([...read, '--follow']);
	t.after(() => following.kill('SIGKILL'));
	let noticed = '';
	following.stderr?.setEncoding('utf8').on('data', (text: string) => (noticed += text));
	await until('silence is named', () =>
		/^hall\/p-1\/word: No reading since .* every 10 s. \[stream-silent\]$/m.test(noticed),
	);
	following.kill('SIGKILL');

	for (const [where, contents] of [
		['disk', filesIn(data)],
		['log', [Buffer.from(said())]],
	] as const)
		for (const bytes of contents) assert.equal(bytes.includes(planted), false, where);
	const patterns = { planted: Buffer.from(planted), control: Buffer.from(control) };
	const found = new Set<string>();
	for (const pid of familyOf(site.pid ?? 0)) {
		const there = findInMemory(pid, patterns);
		if (there === null) return t.skip('the memory of a process cannot be read here');
		for (const one of there) found.add(one);
	}
	assert.deepEqual([...found], ['control']);
});
