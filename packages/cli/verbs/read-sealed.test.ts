import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { commission, type Identity } from '@keyward/agent';
import { connectLocal } from '@keyward/client';
import { encodeSenmlCbor } from '@keyward/core/observe';
import {
	digestOf,
	type EpochContent,
	type EpochKeys,
	parseRoster,
	readersOf,
	readSealedReading,
	type Roster,
	sealEpoch,
	sealReading,
	signSealCheckpoint,
} from '@keyward/core/seal';
import { makeEphemeralAgreementKey } from '@keyward/custody';
import { chromiumFile, openBrowser } from '@keyward/testing/service/evil-page';
import { familyOf, findInMemory } from '@keyward/testing/agent/process-memory';
import { until } from '@keyward/testing/agent/until';
import { ownSite } from '@keyward/testing/owner/owner';
import { openSession } from '@keyward/testing/service/wire';
import { keyward, start } from '../keyward.fixture.ts';

const policy = `application: hall
level: { authenticity: 2, authorization: 2, integrity: 1, confidentiality: 2, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  word: { unit: /, every: 10s, readers: [desk] }
  open-word: { unit: /, every: 10s, readers: [desk] }
devices:
  probe: { custody: [software], streams: [word, open-word] }
`;

const name = { application: 'hall', device: 'p-1', stream: 'word' } as const;
const name2 = { ...name, stream: 'open-word' } as const;

/** A site in a separate process with an owner, a device that seals `word`, and a reader that the roster names. */
const setUp = async (t: TestContext) => {
	const folder = mkdtempSync(join(tmpdir(), 'kw-'));
	const data = join(folder, 'site');
	const site = start(['serve', '--https-port', '0', '--mqtts-port', '0', '--json'], data);
	const ended = once(site, 'exit');
	const client = connectLocal(data);
	t.after(async () => {
		client.close();
		site.kill('SIGKILL');
		await ended;
		rmSync(folder, { recursive: true, force: true });
	});
	let said = '';
	for (const output of [site.stdout, site.stderr])
		output?.setEncoding('utf8').on('data', (text: string) => (said += text));
	await until('the site serves', () => said.includes('}\n'));
	const { call: ask } = client;
	await ask('policy.apply', { text: policy });
	const owner = await ownSite({ ask });
	const join_ = async (kind: 'device' | 'reader', id: string): Promise<Identity> => {
		const { commissioning } =
			kind === 'device'
				? await ask('device.expect', { application: 'hall', device: id })
				: await ask('reader.expect', { application: 'hall', reader: id });
		const clock = { now: () => Date.now() };
		return commission({ commissioning, folder: join(folder, id), kind, clock, allowPlainKey: true });
	};
	const device = await join_('device', 'p-1');
	const desk = await join_('reader', 'desk');
	for (const stream of ['word', 'open-word'])
		await ask('grant.add', { application: 'hall', reader: 'desk', device: 'p-1', stream, purpose: 'test' });
	const terms = { suite: 1, signed: { within: '60s' }, every: '10s', epoch: '1h', unit: '/', essential: false };
	const published = await owner.publish({
		devices: { 'p-1': { key: device.streamKey?.publicKey } },
		readers: {
			desk: {
				...{ key: desk.agreementKey?.publicKey, streams: ['word'], purpose: 'read' },
				expires: new Date(Date.now() + 3_600_000).toISOString(),
			},
		},
		streams: { word: { sealed: true, ...terms }, 'open-word': { sealed: false, ...terms } },
	});
	const text = Object.entries(published.files).find(
		([path]) => path.includes('hall.json') && path.startsWith('targets/'),
	);
	assert(text !== undefined, Object.keys(published.files).join());
	const roster: Roster = parseRoster(Buffer.from(text[1]));
	const signer = await device.keyStore.open(device.streamKey?.name ?? '');
	const tls = { cert: device.certificate, key: await device.privateKey(), ca: device.serviceCa };
	const wire = await openSession(t, { mqttsPort: Number(new URL(device.mqttUrl).port) }, { tls }, 5, {
		clientId: 'p-1',
	});
	let message = 0;
	const send = async (payload: Uint8Array, of: { stream: string } = name): Promise<number | undefined> => {
		const topic = `hall/p-1/${of.stream}`;
		wire.send({
			...{ cmd: 'publish', topic, payload: Buffer.from(payload), qos: 1, dup: false, retain: false },
			messageId: ++message,
		});
		return (await wire.next('puback')).reasonCode;
	};
	const content: EpochContent = {
		...{ ...name, number: 1, boot: new Uint8Array(8).fill(7), rosterHash: roster.hash, previous: null, suite: 1 },
	};
	return {
		...{ folder, data, site, desk, signer, roster, content, send, said: () => said },
		epoch: (change: Partial<EpochContent> = {}) =>
			sealEpoch({ ...content, ...change }, readersOf(roster, 'word', Date.now()), {
				signer,
				entropy: { bytes: (count) => Uint8Array.from(randomBytes(count)) },
				ephemeral: async () => makeEphemeralAgreementKey(),
			}),
		checkpoint: (keys: EpochKeys, readings: readonly Uint8Array[], first: number, previous: Uint8Array | null = null) =>
			signSealCheckpoint(
				{
					...{ epoch: keys.epoch, epochHash: keys.epochHash, first, sequence: first + readings.length, previous },
					digest: digestOf(readings.map((one) => readSealedReading(one).hash)),
					...{ boot: content.boot, uptime: 60, time: Date.now() },
				},
				signer,
			),
	};
};

const open = fileURLToPath(new URL('../../../examples/clients/node/open.mjs', import.meta.url));

const pythonRead = fileURLToPath(new URL('../../../examples/clients/python/keyward_read.py', import.meta.url));

const textOf = (value: string, at: number, stream = 'word'): Uint8Array =>
	encodeSenmlCbor([{ name: `p-1/${stream}`, unit: '/', time: at, value }]);

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
	script.kill('SIGKILL');

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

	// The second implementation reads the same from the service: what is stored, and what comes.
	if (['cbor2', 'cryptography'].every((one) => existsSync(`/usr/lib/python3/dist-packages/${one}`))) {
		const words = ['-B', pythonRead, desk.folder, 'hall/p-1/word', '4'];
		const reader = spawn('/usr/bin/python3', words, { stdio: ['ignore', 'pipe', 'inherit'] });
		t.after(() => reader.kill('SIGKILL'));
		let told = '';
		reader.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
		await until('Python has opened what is stored', () => told.includes('"third"'));
		assert.equal(await send(sealReading(keys, 5, textOf('live', begin + 6000))), 0);
		await once(reader, 'close');
		assert.match(told, new RegExp(`"value": "${planted}".*\\{"signed": \\[1, 1, 2\\]\\}.*"live"`, 's'));
	}

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
