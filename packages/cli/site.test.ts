import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { hash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { openIdentity } from '@keyward/agent';
import { connectRemote } from '@keyward/client';
import { Problem } from '@keyward/core';
import { parseCommissioning } from '@keyward/core/enrol';
import mqtt, { type MqttClient } from 'mqtt';
import { until } from '@keyward/testing/agent/until';
import { keyward, start } from './keyward.fixture.ts';

const policy = (mode: 'enforce' | 'audit', readers: string): string => `application: hall
level: { authenticity: 2, authorization: 2, integrity: 1, confidentiality: 2, adaptability: 0, resistance: 0 }
mode: ${mode}
streams:
  dose-rate: { unit: Sv/h, every: 1s, readers: ${readers} }
  humidity: { unit: "%RH", every: 1s, readers: ${readers} }
devices:
  probe: { custody: [software], streams: [dose-rate, humidity] }
`;

let folder: string;
let data: string;
let site: ChildProcess;
let urls: { url: string; mqttUrl: string };
let keyFile: string;
let device: MqttClient;

/** Seconds; a device has no readings of a time before it. */
const began = Math.floor(Date.now() / 1000);

const positionOf = (cursor: string): number => Number(/^[0-9a-f]{10}-(\d+)$/.exec(cursor)?.[1]);

const inFolder = (name: string): string => join(folder, name);

/** The JSON that a verb prints; it has to end with the code. */
const json = async (words: string[], status = 0): Promise<unknown> => {
	const ended = await keyward([...words, '--json'], data);
	assert.equal(ended.status, status, ended.stderr);
	return JSON.parse(status === 2 ? ended.stderr : ended.stdout);
};

const publish = (first: number, count: number): Promise<unknown> =>
	Promise.all(
		Array.from({ length: count }, (_, i) => {
			const pack = [{ n: 'g-1/dose-rate', u: 'Sv/h', v: (first + i) / 1e7, t: began + (first + i) / 100 }];
			return device.publishAsync('hall/g-1/dose-rate', JSON.stringify(pack), { qos: 1 });
		}),
	);

const serve = async (): Promise<void> => {
	site = start(['serve', '--https-port', '0', '--mqtts-port', '0', '--json'], data);
	site.stderr?.pipe(process.stderr);
	let text = '';
	for await (const part of site.stdout?.setEncoding('utf8') ?? []) {
		text += part;
		if (text.endsWith('}\n')) break;
	}
	urls = JSON.parse(text) as typeof urls;
};

before(async () => {
	folder = await mkdtemp(join(tmpdir(), 'kw-'));
	data = inFolder('site');
	await serve();
});

after(async () => {
	await device?.endAsync(true);
	if (site.exitCode === null) site.kill('SIGKILL');
	await rm(folder, { recursive: true, force: true });
});

test('a policy with findings is not applied; a good one is', async () => {
	const file = inFolder('policy.yaml');
	await writeFile(file, policy('enforce', '[desk]').replace('unit: Sv/h', 'unit: Sv/hh'));
	const bad = await keyward(['policy', 'apply', file], data);
	assert.equal(bad.status, 1);
	assert.match(bad.stdout, /policy\.yaml:5:\d+ .*Sv\/hh.*\[policy-unknown-unit\]/);
	await writeFile(file, policy('enforce', '[desk]'));
	assert.deepEqual(await json(['policy', 'apply', file]), {
		...{ application: 'hall', epoch: 1, cut: 0, warnings: [] },
		rights: [{ reader: 'desk', of: 'streams', given: ['dose-rate', 'humidity'], taken: [] }],
	});
	const { applications } = (await json(['status'])) as { applications: { application: string; epoch: number }[] };
	assert.deepEqual(
		applications.map(({ application, epoch }) => [application, epoch]),
		[['hall', 1]],
	);
});

test('a device and a reader are expected, commissioned by the string alone, and listed', async () => {
	const expected = await keyward(['device', 'expect', 'g-1', '--application', 'hall'], data);
	assert.equal(expected.status, 0, expected.stderr);
	assert.match(expected.stdout, /^\S+\n$/, 'nothing but the string on standard output');
	assert.match(expected.stderr, /works once/);
	const joined = await keyward(
		['device', 'commission', '--folder', inFolder('g-1'), '--allow-plain-key', '--json'],
		data,
		expected.stdout,
	);
	assert.equal(joined.status, 0, joined.stderr);
	({ keyFile } = JSON.parse(joined.stdout) as { keyFile: string });

	const string = inFolder('desk.txt');
	assert.equal(
		(await keyward(['reader', 'expect', 'desk', '--application', 'hall', '--out', string], data)).stdout,
		'',
	);
	assert.equal((await stat(string)).mode & 0o777, 0o600);
	assert.equal((await keyward(['reader', 'expect', 'desk', '--application', 'hall', '--out', string], data)).status, 2);
	assert.equal(
		(await keyward(['reader', 'commission', '--folder', inFolder('desk'), '--from', string], data)).status,
		0,
	);

	const [listed] = (await json(['device', 'list'])) as { id: string; class: string; state: string }[];
	assert.deepEqual([listed?.id, listed?.class, listed?.state], ['g-1', 'probe', 'commissioned']);
	const shown = await keyward(['device', 'show', 'g-1', '--application', 'hall'], data);
	assert.match(shown.stdout, /^g-1 of hall: commissioned since /);
	assert.equal(
		((await json(['device', 'show', 'g-2', '--application', 'hall'], 2)) as { code: string }).code,
		'device-unknown',
	);
	assert.match((await keyward(['reader', 'list'], data)).stdout, /^hall +desk +active /m);
});

test('readings are read under a grant, and without one a stream is as if it were not', async () => {
	const read = (path: string): Promise<string> => readFile(path, 'utf8');
	device = await mqtt.connectAsync(urls.mqttUrl, {
		protocolVersion: 5,
		clientId: 'g-1',
		reconnectPeriod: 0,
		cert: await read(join(inFolder('g-1'), 'certificate.pem')),
		key: await read(keyFile),
		ca: await read(join(inFolder('g-1'), 'service-ca.pem')),
	});
	await publish(0, 50);

	const as = ['--as', inFolder('desk')];
	const refusal = await keyward(['read', 'hall/g-1/dose-rate', ...as], data);
	assert.equal(refusal.status, 2);
	assert.equal(refusal.stdout, '');
	assert.match(refusal.stderr, /\[not-granted\]/);
	assert.equal((await keyward(['read', 'hall/g-7/dose-rate', ...as], data)).stderr, refusal.stderr);

	const grant = (await json([
		...'grant desk --application hall --stream dose-rate --expires 30d --purpose'.split(' '),
		'the safety of the hall',
	])) as { id: string; expires: number };
	assert.ok(Math.abs(grant.expires - Date.now() - 30 * 86_400_000) < 60_000);
	assert.match((await keyward(['grants'], data)).stdout, /desk .*stands +the safety of the hall/);

	const all = await keyward(['read', 'hall/g-1/dose-rate', ...as, '--after', '0', '--json'], data);
	const rows = all.stdout
		.trimEnd()
		.split('\n')
		.map((line) => JSON.parse(line) as { cursor: string; value: number; unit: string });
	assert.deepEqual(
		rows.map(({ cursor }) => positionOf(cursor)),
		Array.from({ length: 50 }, (_, i) => i + 1),
	);
	assert.equal(rows.at(-1)?.value, 49 / 1e7);
	const newest = await keyward(['read', 'hall/g-1/dose-rate', ...as, '--limit', '3'], data);
	assert.match(newest.stdout, /^ +[0-9a-f]{10}-48 .*\n +[0-9a-f]{10}-49 .*\n +[0-9a-f]{10}-50 .* Sv\/h\n$/);
});

test('a follower sees what comes, and loses it within a second of the grant', async () => {
	const reading = ['read', 'hall/g-1/dose-rate', '--as', inFolder('desk'), '--json'];
	const bare = await keyward([...reading, '--after', '49'], data);
	assert.deepEqual([bare.status, bare.stdout], [2, '']);
	assert.match(bare.stderr, /--after is 49, a position .* or 0 to begin at the start/);
	const [{ cursor = '' } = {}] = [
		JSON.parse((await keyward([...reading, '--limit', '2'], data)).stdout.split('\n')[0] ?? ''),
	] as { cursor?: string }[];
	assert.equal(positionOf(cursor), 49);
	const follower = start([...reading, '--after', cursor, '--follow'], data);
	let stderr = '';
	follower.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
	assert.ok(follower.stdout);
	const lines = createInterface({ input: follower.stdout })[Symbol.asyncIterator]();
	const next = async (): Promise<number> =>
		positionOf((JSON.parse(String((await lines.next()).value)) as { cursor: string }).cursor);
	assert.equal(await next(), 50);
	await publish(50, 2);
	assert.deepEqual([await next(), await next()], [51, 52]);
	const [grant] = (await json(['grants'])) as { id: string }[];
	const ended = once(follower, 'close');
	await json(['revoke', 'grant', grant?.id ?? '']);
	const [status] = (await ended) as [number];
	assert.equal(status, 2);
	assert.equal((JSON.parse(stderr) as { code: string }).code, 'not-granted');
});

test('a service that the service CA of the commissioning does not vouch for is not talked to', async () => {
	const { certificate, privateKey, serviceUrl, serviceCa } = await openIdentity(inFolder('desk'));
	const [, issuing = ''] = certificate.split(/(?=-----BEGIN)/);
	const key = await privateKey();
	const wrong = connectRemote({ url: serviceUrl, certificate, key, serviceCa: issuing });
	const notTrusted = (error: unknown): boolean => error instanceof Problem && error.code === 'service-not-trusted';
	await assert.rejects(wrong.call('streams.list', {}), notTrusted);
	const right = connectRemote({ url: serviceUrl, certificate, key, serviceCa });
	assert.deepEqual(await right.call('streams.list', {}), []);
	for (const client of [wrong, right]) client.close();
});

test('posture finds something and says what to do about it, the ledger agrees', async () => {
	const posture = await keyward(['posture'], data);
	assert.equal(posture.status, 1);
	assert.match(posture.stdout, /^hall {2}\(mode enforce\)$/m);
	assert.match(posture.stdout, /Weakest link: [^]*\nDo first:\n {2}[a-z-]+( \(|: )/);
	assert.match(posture.stdout, /^✗ data +[a-z ]+: [a-z-]+ at .*\n.*✗ command[^]*✗ commissioning[^]*✗ update/m);
	const update = await keyward(['posture', '--path', 'update'], data);
	assert.equal(update.status, 1);
	assert.match(update.stdout, /^update: release → people → service → link → device\nWeakest link: [a-z ]+\.$/m);
	const components = await keyward(['posture', '--components', '--json'], data);
	assert.equal(components.status, 1);
	assert(
		(JSON.parse(components.stdout) as { id: string; weaknesses: unknown[] }[]).some(
			({ id, weaknesses }) => id === 'g-1' && weaknesses.length > 0,
		),
	);
	const ledger = (await json(['ledger', 'verify'])) as { application: string; ok: boolean; readings: number }[];
	assert.deepEqual(
		ledger.map(({ application, ok, readings }) => [application, ok, readings]),
		[
			['hall', true, 52],
			['_registry', true, 0],
		],
	);
});

test('an entry of the audit log is proven by a key that was kept, and the ledger grew from a checkpoint that was saved', async () => {
	const keys = (await json(['ledger', 'key'])) as { ledger: string; key: string }[];
	const log = keys.find(({ ledger }) => ledger === '_registry')?.key ?? '';
	const saved = inFolder('registry.note');
	const prove = (words: string[], status = 0): Promise<unknown> => json(['ledger', 'prove', ...words], status);
	const first = (await prove(['--audit', '1', '--log', log, '--save', saved])) as {
		readonly holds: boolean;
		readonly entry: { readonly operation: string };
	};
	assert.deepEqual([first.holds, first.entry.operation], [true, 'policy.apply']);
	// What is refused is recorded too.
	await json(['reader', 'expect', 'spare', '--application', 'hall'], 2);
	// The ledger has it a moment later, with what else came meanwhile.
	await until('the ledger grew', async () => {
		const grown = (await prove(['--log', log, '--since', saved])) as { readonly size: number; readonly since: number };
		return grown.size > grown.since;
	});
});

test('a flood from outside is refused over budget, and what the devices waited meanwhile is seen', async () => {
	let isOver = false;
	const flooded = keyward(['exercise', 'overload', '--json'], data).finally(() => (isOver = true));
	for (let next = 500; !isOver; next++) await publish(next, 1);
	const { status, stdout, stderr } = await flooded;
	const { refused, held } = JSON.parse(stdout) as { refused: number; held: boolean | null };
	assert.ok(refused >= 20, stderr);
	// How long they waited is a matter of this machine; that it is seen is not.
	assert.deepEqual([typeof held, status], ['boolean', held === true ? 0 : 1]);
});

test('a revoked device is cut at once and cannot come back', async () => {
	const closed = new Promise((resolve) => device.once('close', () => resolve(null)));
	const done = await json(['revoke', 'device', 'g-1', '--application', 'hall', '--reason', 'lost in the field']);
	assert.deepEqual(done, { revoked: 1, cut: 1, erasure: null });
	await closed;
	assert.match((await keyward(['device', 'show', 'g-1', '--application', 'hall'], data)).stdout, /lost in the field/);
	const reader = await json(['revoke', 'reader', 'desk', '--application', 'hall', '--reason', 'left']);
	assert.deepEqual((reader as { revoked: number }).revoked, 1);
	const read = await keyward(['read', 'hall/g-1/dose-rate', '--as', inFolder('desk')], data);
	assert.equal(read.status, 2);
	assert.match(read.stderr, /\[certificate-revoked\]/);
});

test("a device's name may be typed as its label has it, and what can be no name gets one that can", async () => {
	const words = ['--application', 'hall'];
	const expected = await keyward(['device', 'expect', '70:B3:D5:7E:D0:00:00:01', ...words], data);
	assert.equal(expected.status, 0, expected.stderr);
	assert.match(expected.stdout, /^\S+\n$/, 'nothing but the string on standard output');
	assert.match(expected.stderr, /^70:B3:D5:7E:D0:00:00:01 is called 70-b3-d5-7e-d0-00-00-01 here\.\n/);
	const shown = await keyward(['device', 'show', '70-B3-D5-7E-D0-00-00-01', ...words], data);
	assert.match(shown.stdout, /^70-b3-d5-7e-d0-00-00-01 of hall: expected/);
	const refused = await keyward(['device', 'expect', 'Pump_3', ...words], data);
	assert.deepEqual([refused.status, refused.stdout], [2, '']);
	assert.match(refused.stderr, /"Pump_3" cannot name a device: .*, such as pump-3\. \[request-malformed\]/);
});

test('device expect --json gives the parts of the string apart; with --out none that is secret', async () => {
	const words = ['device', 'expect', 'g-9', '--application', 'hall'];
	const { commissioning, ...parts } = (await json(words)) as { commissioning: string };
	const { token, serviceCa, service, est, mqtt, expires } = parseCommissioning(commissioning);
	const open = {
		kind: 'device',
		application: 'hall',
		id: 'g-9',
		class: 'probe',
		service,
		est: { url: est, label: 'hall' },
		mqtt,
		pins: { serviceCa: Buffer.from(serviceCa).toString('hex') },
	};
	assert.deepEqual(parts, { token, ...open, expires });
	const ca = new X509Certificate(await readFile(join(inFolder('desk'), 'service-ca.pem')));
	const spki = ca.publicKey.export({ type: 'spki', format: 'der' });
	assert.equal(open.pins.serviceCa, hash('sha256', spki, 'hex'));

	const file = inFolder('g-9.commissioning');
	const { expires: until, ...shown } = (await json([...words, '--out', file])) as { expires: number };
	assert.deepEqual(shown, { file, ...open });
	assert.equal(until, parseCommissioning(await readFile(file, 'utf8')).expires);
});

test('the site stops cleanly when told to', async () => {
	const ended = once(site, 'exit');
	site.kill('SIGTERM');
	assert.deepEqual(await ended, [0, null]);
	assert.match((await keyward(['status'], data)).stderr, /No site is running/);
});

test('a grant that was written into the database past the ledger is listed as that', async () => {
	const database = new DatabaseSync(inFolder('site/keyward.sqlite'));
	database.exec(`INSERT INTO reader_grant (id, application, reader, device, stream, purpose, from_time, expires, ended)
		VALUES ('past-the-ledger', 'hall', 'desk', '*', 'dose-rate', 'theft', 0, 4102444800000, NULL)`);
	database.exec('UPDATE reader_grant SET ended = NULL');
	database.close();
	await serve();
	const listed = await keyward(['grants'], data);
	assert.match(listed.stdout, /not in the ledger +theft +past-the-ledger/);
	assert.doesNotMatch(listed.stdout, /stands/);
	assert.match(
		listed.stderr,
		/No entry of the ledger records \d of them .*keyward ledger verify.*keyward revoke grant/s,
	);
	await json(['revoke', 'grant', 'past-the-ledger']);
	assert.match((await keyward(['grants'], data)).stdout, /revoked .*past-the-ledger/);
});
