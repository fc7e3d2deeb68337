import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openIdentity } from '@keyward/agent';
import { partOfTpm } from '@keyward/agent/tpm2';
import { connectLocal } from '@keyward/client';
import { formatCommissioning, parseCommissioning } from '@keyward/core/enrol';
import { keyThumbprint } from '@keyward/core/format';
import { makeTpmManufacturer, needsSwtpm, startSwtpm, type TestTpm } from '@keyward/testing/custody/swtpm';
import { keyward, start } from './keyward.fixture.ts';

/** `npm run soak` takes fifty. */
const DEVICES = process.env['KEYWARD_SWEEP'] === 'all' ? 50 : 20;
/** So many are done when it is killed. */
const CUT = 3;

const policy = (application: string, authenticity: number, custody: string): string => `application: ${application}
level: { authenticity: ${authenticity}, authorization: 1, integrity: 1, confidentiality: 1, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  dose-rate: { unit: Sv/h, every: 1s, readers: [desk] }
devices:
  probe: { custody: [${custody}], streams: [dose-rate] }
`;

interface Outcome {
	readonly device: string;
	readonly state: string;
	readonly key: string | null;
	readonly serial: string | null;
	readonly custody: string;
	readonly proof: string | null;
	readonly emulated: string | null;
	readonly code: string | null;
	readonly detail: string | null;
	readonly before: boolean;
}

let folder: string;
let data: string;
const sites: ChildProcess[] = [];
const inFolder = (...names: string[]): string => join(folder, ...names);

const serve = async (on: string): Promise<ChildProcess> => {
	const site = start(['serve', '--https-port', '0', '--mqtts-port', '0', '--json'], on);
	sites.push(site);
	let said = '';
	site.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
	let text = '';
	for await (const part of site.stdout?.setEncoding('utf8') ?? []) {
		text += part;
		if (text.endsWith('}\n')) return site;
	}
	throw new Error(said);
};

const stop = async (site: ChildProcess): Promise<void> => {
	if (site.exitCode !== null || site.signalCode !== null) return;
	const ended = once(site, 'close');
	site.kill('SIGKILL');
	await ended;
};

const apply = async (text: string, on: string): Promise<void> => {
	const file = inFolder(`policy-${Math.random()}.yaml`);
	await writeFile(file, text);
	const applied = await keyward(['policy', 'apply', file], on);
	assert.equal(applied.status, 0, applied.stdout + applied.stderr);
};

/** Runs `batch commission --json`: its outcomes by device, its summary, its exit code. */
const run = async (words: readonly string[], on = data) => {
	const { status, stdout, stderr } = await keyward(['batch', 'commission', ...words, '--json'], on);
	assert.equal(stderr, '');
	const lines = stdout.trim().split('\n');
	const summary = JSON.parse(lines.pop() ?? '') as Record<string, unknown>;
	const outcomes = lines.map((line) => JSON.parse(line) as Outcome);
	return { status, summary, of: new Map(outcomes.map((outcome) => [outcome.device, outcome])) };
};

/** What the site itself says of its devices. */
const shown = async (application: string, on = data) => {
	const client = connectLocal(on);
	try {
		const devices = await client.call('device.list', { application });
		return await Promise.all(devices.map(({ id }) => client.call('device.show', { application, device: id })));
	} finally {
		client.close();
	}
};

before(async () => {
	folder = await mkdtemp(join(tmpdir(), 'kw-'));
	data = inFolder('site');
	await serve(data);
	await apply(policy('hall', 2, 'software'), data);
	await apply(policy('yard', 2, 'software'), data);
});

after(async () => {
	await Promise.all(sites.map(stop));
	await rm(folder, { recursive: true, force: true });
});

test('a batch of devices, one string expired, killed midway, resumed: each commissioned once, and all said', async () => {
	const names = Array.from({ length: DEVICES }, (_, index) => `p-${index + 1}`);
	const batch = inFolder('box.csv');
	const strings = inFolder('strings');
	await writeFile(batch, `device,class\n${names.map((name) => `${name},probe\n`).join('')}`);
	const expect = ['batch', 'expect', batch, '--application', 'hall', '--out', strings];
	const commission = [batch, '--strings', strings, '--homes', inFolder('homes')];

	const expected = await keyward(expect, data);
	assert.equal(expected.status, 0, expected.stderr);
	assert.ok(
		expected.stdout.startsWith(`${DEVICES} of ${DEVICES} expected now, 0 left as they were, 0 failed.\n`),
		expected.stdout,
	);
	assert.doesNotMatch(expected.stdout + expected.stderr, /keyward1\./, 'no string is ever shown');
	assert.equal((await stat(join(strings, 'p-1.commissioning'))).mode & 0o777, 0o600);
	const first = await readFile(join(strings, 'p-1.commissioning'), 'utf8');
	const again = await keyward(expect, data);
	const left = `left {6}p-${DEVICES}: it is expected, and its string stands until .*\n`;
	assert.match(again.stdout, new RegExp(`${left}0 of ${DEVICES} expected now, ${DEVICES} left`));
	assert.equal(await readFile(join(strings, 'p-1.commissioning'), 'utf8'), first);

	const late = { ...parseCommissioning(await readFile(join(strings, 'p-7.commissioning'), 'utf8')), expires: 1000 };
	await writeFile(join(strings, 'p-7.commissioning'), formatCommissioning(late));

	const killed = start(['batch', 'commission', ...commission, '--parallel', '3'], data);
	let ended = 0;
	for await (const text of killed.stdout?.setEncoding('utf8') ?? []) {
		ended += String(text).split('done ').length - 1;
		if (ended >= CUT) killed.kill('SIGKILL');
	}
	const cut = await readFile(inFolder('box-result.csv'), 'utf8');
	const count = (state: string): number => cut.split(`,${state},`).length - 1;
	assert.ok(count('done') >= CUT && count('waiting') > 0, cut);

	const resumed = await run(commission);
	assert.equal(resumed.status, 1);
	assert.deepEqual(resumed.summary, {
		...{ total: DEVICES, done: DEVICES - 1, before: count('done'), failed: 1, waiting: 0 },
		resultFile: inFolder('box-result.csv'),
	});
	assert.equal(resumed.of.get('p-7')?.code, 'token-expired');
	for (const { id, state, certificates } of await shown('hall')) {
		assert.equal(state, id === 'p-7' ? 'expected' : 'commissioned');
		assert.equal(certificates.length, id === 'p-7' ? 0 : 1, `${id} is certified once`);
		if (id === 'p-7') continue;
		const { key, serial } = resumed.of.get(id) ?? {};
		const identity = await openIdentity(inFolder('homes', id));
		assert.equal(serial, certificates[0]?.serial);
		assert.equal(serial, identity.leaf.serial);
		assert.equal(key, Buffer.from(keyThumbprint((await identity.signer()).publicKey)).toString('hex'));
	}
	assert.equal(new Set([...resumed.of.values()].map(({ key }) => key)).size, DEVICES, 'each has its own key');

	const renewed = await keyward(expect, data);
	assert.ok(renewed.stdout.includes(`\n1 of ${DEVICES} expected now, ${DEVICES - 1} left`), renewed.stdout);
	// What was done stays done, also where its home and its string went away with the device.
	await rm(inFolder('homes', 'p-1'), { recursive: true });
	await rm(join(strings, 'p-1.commissioning'));
	const whole = await run(commission);
	assert.deepEqual([whole.status, whole.summary['done'], whole.summary['before']], [0, DEVICES, DEVICES - 1]);
	assert.equal((await shown('hall')).find(({ id }) => id === 'p-1')?.certificates.length, 1);
});

test('cut off before it was recorded, it is recorded from what is in its home', async () => {
	const batch = inFolder('one.csv');
	await writeFile(batch, 'device\nq-1\n');
	const words = [batch, '--application', 'hall', '--homes', inFolder('one')];
	const first = await run(words);
	await rm(inFolder('one-result.csv'));
	const second = await run([...words, '--result', inFolder('one-result.json')]);
	assert.deepEqual([first.status, second.status], [0, 0]);
	assert.equal(second.of.get('q-1')?.serial, first.of.get('q-1')?.serial);
	const [written] = JSON.parse(await readFile(inFolder('one-result.json'), 'utf8')) as Outcome[];
	assert.equal(written?.state, 'done');
});

test('both halves at once on the machine of the site; one failure is its own', async () => {
	const batch = inFolder('yard.csv');
	await writeFile(batch, 'device,class,folder\ny-1,,a\ny-2,probbe,b\ny-3,probe,c\n');
	// Another's home is never taken.
	await mkdir(inFolder('c'), { mode: 0o700 });
	await copyFile(inFolder('homes', 'p-2', 'identity.json'), inFolder('c', 'identity.json'));
	const { status, summary, of } = await run([batch, '--application', 'yard']);
	assert.deepEqual([status, summary['done'], summary['failed']], [1, 1, 2]);
	assert.equal(of.get('y-1')?.state, 'done');
	assert.equal(of.get('y-2')?.code, 'policy-unknown-reference');
	assert.match(of.get('y-2')?.detail ?? '', /did you mean "probe"/);
	assert.equal(of.get('y-3')?.code, 'device-exists');

	await keyward(['revoke', 'device', 'y-1', '--application', 'yard', '--reason', 'test'], data);
	const retired = await keyward(['batch', 'expect', batch, '--application', 'yard', '--out', inFolder('ys')], data);
	assert.equal(retired.status, 1);
	assert.match(retired.stdout, /FAILED {4}y-1: y-1 is retired: .*\[device-state\]/);
});

test('misuse ends with 2, and nothing is done', async () => {
	const batch = inFolder('bad.csv');
	await writeFile(batch, 'device,custodi\nb-1,software\n');
	const misuse = async (words: readonly string[], pattern: RegExp): Promise<void> => {
		const { status, stderr } = await keyward(['batch', ...words], data);
		assert.equal(status, 2, stderr);
		assert.match(stderr, pattern);
	};
	await misuse(
		['expect', batch, '--application', 'hall', '--out', inFolder('bs')],
		/bad\.csv:1 .*did you mean "custody"/,
	);
	await writeFile(batch, 'device\nb-1\n');
	await misuse(['commission', batch], /\[request-malformed\]/);
	await misuse(['commission', batch, '--application', 'hal'], /did you mean "hall"\? \[policy-unknown-application\]/);
	assert.equal(
		(await shown('hall')).some(({ id }) => id === 'b-1'),
		false,
	);
});

test('three TPMs at once, one of them the wrong one: it fails alone, and is taken when put right', async (t) => {
	if (!needsSwtpm(t)) return;
	const manufacturer = await makeTpmManufacturer();
	const tpms: TestTpm[] = [];
	// One after another: the manufacturer's serial numbers are a file.
	for (let index = 0; index < 3; index++) tpms.push(await startSwtpm(t, { manufacturer }));
	const on = inFolder('hard');
	await mkdir(on, { mode: 0o700 });
	await writeFile(
		join(on, 'site.yaml'),
		`emulators:\n  - { name: swtpm, anchors: [${manufacturer.rootFile}, ${manufacturer.issuerFile}] }\n`,
	);
	const site = await serve(on);
	await apply(policy('hall', 4, 'tpm2'), on);
	const parts = await Promise.all(tpms.map(async ({ tcti }) => (await partOfTpm({ tcti })).part));
	const other = `ek:${'0'.repeat(64)}`;
	const batch = inFolder('tpm.csv');
	const write = (...expected: readonly (string | undefined)[]): Promise<void> => {
		const rows = tpms.map(({ tcti }, index) => `t-${index + 1},${expected[index]},tpm2,${tcti}\n`);
		return writeFile(batch, `device,part,custody,tpm\n${rows.join('')}`);
	};
	await write(parts[0], parts[1], other);
	const words = [batch, '--application', 'hall', '--homes', inFolder('hard-homes')];
	const mixed = await run(words, on);
	assert.deepEqual([mixed.status, mixed.summary['done'], mixed.summary['failed']], [1, 2, 1]);
	const failure = mixed.of.get('t-3');
	assert.equal(failure?.code, 'part-unexpected');
	assert.ok(failure.detail?.includes(parts[2] ?? '') && failure.detail.includes(other), failure.detail ?? '');
	await write(...parts);
	const right = await run(words, on);
	assert.deepEqual([right.status, right.summary['done'], right.summary['before']], [0, 3, 2]);
	const outcomes = [...right.of.values()];
	assert.deepEqual(
		outcomes.map(({ custody, proof, emulated }) => [custody, proof, emulated]),
		outcomes.map(() => ['tpm2', 'attested', 'yes']),
	);
	for (const { id, part, certificates } of await shown('hall', on)) {
		const [{ evidence } = assert.fail('no certificate')] = certificates;
		assert.deepEqual([evidence.proof, evidence.part, evidence.emulated], ['attested', part, true], id);
	}
	const listed = await keyward(['device', 'list'], on);
	assert.equal(listed.stdout.split('tpm2, attested (EMULATED)').length, 4, listed.stdout);
	const posture = (await keyward(['posture'], on)).stdout.replaceAll(/\s+/g, ' ');
	assert.match(posture, /EMULATED hardware, which counts because .*: device t-\d, device t-\d, device t-\d\./);
	assert.doesNotMatch(posture, /key-custody|expected-device/, 'both are held at 4');
	await stop(site);
});
