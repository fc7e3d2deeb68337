import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { after, test, type TestContext } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import mqtt from 'mqtt';
import { startLocalBroker } from '@keyward/testing/agent/local-broker';
import { freePort, listens } from '@keyward/testing/agent/broker';
import { until } from '@keyward/testing/agent/until';
import { commandPath, needs } from '@keyward/testing/debian';
import { hallPolicy, startSite } from '@keyward/testing/service/site';
import { openSession, readingPacket } from '@keyward/testing/service/wire';
import { keyward, start } from '../keyward.fixture.ts';
import { openCursorBook } from './target/cursor-book.ts';
import { openFileSink } from './target/file-sink.ts';
import { openTarget } from './target/target.ts';

/** Of all tests: each has its application. */
const site = await startSite({ after }, { policies: [], operatorSocket: true });
let applications = 0;

/** An application with two devices, a reader of both, and a way to give a device readings with these values, a second apart. */
const setUp = async (t: TestContext) => {
	const application = `hall-${++applications}`;
	await site.apply(hallPolicy.replace('application: hall', `application: ${application}`));
	const desk = await site.commissionReader(application, 'desk');
	const wires = new Map<string, Awaited<ReturnType<typeof openSession>>>();
	for (const id of ['p-1', 'p-2']) {
		const device = await site.commissionDevice(application, id, 'probe');
		wires.set(id, await openSession(t, site, device, 5, { clientId: id }));
		await site.grant(application, 'desk', id, 'dose-rate');
	}
	const folder = temporaryFolder('keyward-target-');
	const begin = Date.now() - 600_000;
	let count = 0;
	/** `late`: half a second after the ones so many seconds back. */
	const store = async (device: string, values: readonly number[], late = 0): Promise<void> => {
		const wire = wires.get(device);
		assert(wire);
		const readings = values.map((value) => ({
			value,
			time: begin + ++count * 1000 + late * 1000 + (late === 0 ? 0 : 500),
		}));
		const topic = `${application}/${device}/dose-rate`;
		wire.send(readingPacket(device, 1 + (count % 1000), readings, { topic }));
		await wire.next('puback');
	};
	return {
		application,
		store,
		wires,
		begin,
		desk,
		folder,
		home: desk.identity.folder,
		as: ['--as', desk.identity.folder],
	};
};

const held = async (words: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }> => {
	const { status, stdout, stderr } = await keyward(words);
	assert.equal(status, 0, stderr);
	return { stdout, stderr };
};

const refused = async (words: readonly string[], code: string): Promise<void> => {
	const { status, stderr } = await keyward(words);
	assert.equal(status, 2);
	assert.match(stderr, new RegExp(`\\[${code}\\]`));
};

const valuesIn = (file: string): unknown[] =>
	readFileSync(file, 'utf8')
		.split('\n')
		.filter((line) => line !== '')
		.map((line) => (JSON.parse(line) as { value: unknown }).value);

test('a file has each reading once, whatever moment the reader was ended at', async (t) => {
	const { application, store, folder, home, as } = await setUp(t);
	const file = join(folder, 'all.jsonl');
	const read = ['read', `${application}/+/dose-rate`, ...as, '--to', `json:${file}`];
	await store('p-1', [1, 2]);
	await store('p-2', [3]);
	assert.match((await held(read)).stderr, /once.*3 readings delivered/s);
	assert.deepEqual([valuesIn(file).length, new Set(valuesIn(file))], [3, new Set([1, 2, 3])]);
	assert.equal(statSync(file).mode & 0o777, 0o600);
	assert.match((await held(read)).stderr, /0 readings delivered/);

	// Ended between the bytes and the cursor: half a line, or whole ones that were not kept as delivered.
	await store('p-1', [4]);
	appendFileSync(file, `{"application":"${application}","value":4}\n{"appl`);
	await held(read);
	assert.deepEqual([valuesIn(file).length, new Set(valuesIn(file))], [4, new Set([1, 2, 3, 4])]);

	// Log rotation, and a new device's stream, both while nobody looked.
	renameSync(file, `${file}.1`);
	await store('p-2', [5]);
	await held(read);
	assert.deepEqual([valuesIn(`${file}.1`).length, valuesIn(file)], [4, [5]]);

	// From the start again: what the file has is in it twice, and that is said, with the way to have it once.
	assert.match((await held([...read, '--after', '0'])).stderr, /a second time; .*move .* away first.*5 readings/s);
	assert.deepEqual(
		valuesIn(file)
			.map(Number)
			.toSorted((a, b) => a - b),
		[1, 2, 3, 4, 5, 5],
	);
	assert.match((await held(read)).stderr, /each further reading is written to the file once/);
	renameSync(file, `${file}.2`);
	assert.match((await held([...read, '--after', '0'])).stderr, /in the file once/);
	assert.deepEqual(
		valuesIn(file)
			.map(Number)
			.toSorted((a, b) => a - b),
		[1, 2, 3, 4, 5],
	);

	truncateSync(file, 3);
	await refused(read, 'target-changed');
	writeFileSync(join(folder, 'theirs.csv'), 'a,b\n');
	await refused(
		['read', `${application}/+/dose-rate`, ...as, '--to', `csv:${join(folder, 'theirs.csv')}`],
		'target-changed',
	);
	assert.equal(readFileSync(join(folder, 'theirs.csv'), 'utf8'), 'a,b\n');

	const target = await openTarget(`json:${join(folder, 'held.jsonl')}`, home, {});
	await refused(
		['read', `${application}/+/dose-rate`, ...as, '--to', `json:${join(folder, 'held.jsonl')}`],
		'store-in-use',
	);
	await target.close();
});

test('a text that a device sends is one line of what is read, whatever is in it', async (t) => {
	const { application, folder, as, wires, begin } = await setUp(t);
	await site.grant(application, 'desk', 'p-1', 'state');
	const forged = 'ok  /\n    0123456789-99  2026-01-01T00:00:00.000Z              99  Cel\r\u2028\u001b[2J';
	const wire = wires.get('p-1');
	assert(wire);
	const readings = [forged, 'open', 'a  b'].map((value, later) => ({ value, time: begin + later * 1000, unit: '/' }));
	wire.send(readingPacket('p-1', 1, readings, { topic: `${application}/p-1/state`, stream: 'state' }));
	await wire.next('puback');
	const linesOf = (text: string): string[] => text.trimEnd().split('\n');
	const [first = '', second = '', third = '', ...more] = linesOf(
		(await held(['read', `${application}/p-1/state`, ...as])).stdout,
	);
	assert.deepEqual([first, more], [first.replaceAll(/[\p{Cc}\u2028]/gu, ''), []]);
	assert.match(first, /Z {2}"ok {2}\/\\u000a .* 99 {2}Cel\\u000d\\u2028\\u001b\[2J" {2}\/$/);
	assert.match(second, / {2}open {2}\/$/);
	assert.match(third, / "a {2}b" {2}\/$/);
	const list = join(folder, 'state.csv');
	await held(['read', `${application}/p-1/state`, ...as, '--to', `csv:${list}`]);
	assert.equal(linesOf(readFileSync(list, 'utf8')).length, 4);
});

test('every byte at which a file was cut short is mended, without a reading twice or lost', async () => {
	const folder = temporaryFolder('keyward-target-');
	const reading = (value: number) =>
		({
			application: 'a',
			device: 'd',
			stream: 's',
			cursor: `0123456789-${value}`,
			time: value,
			value,
			unit: 'V',
		}) as const;
	const form = { header: 'head\n', write: ({ value }: { readonly value: unknown }) => `${String(value)}\n` };
	for (let cut = 0; cut <= 9; cut++) {
		const path = join(folder, `${cut}`);
		const first = openCursorBook(`${path}.book`);
		const sink = await openFileSink(path, form, first);
		if (cut >= 7) first.keep('a/d/s', '0123456789-1', await sink.put([reading(1)]));
		else await sink.put([reading(1)]);
		await sink.put([reading(2)]);
		await sink.close();
		first.close();
		truncateSync(path, cut);
		const again = openCursorBook(`${path}.book`);
		const next = await openFileSink(path, form, again);
		await next.put(again.after('a/d/s') === null ? [reading(1), reading(2)] : [reading(2)]);
		await next.close();
		again.close();
		assert.equal(readFileSync(path, 'utf8'), 'head\n1\n2\n', `cut at ${cut}`);
	}
});

test('several streams are shown with their names; what is not granted is refused, not passed over', async (t) => {
	const { application, store, as } = await setUp(t);
	await store('p-1', [1]);
	await store('p-2', [2]);
	const { stdout } = await held(['read', `${application}/+/+`, ...as, '--json']);
	const shown = stdout
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line) as { device: string; value: number });
	assert.deepEqual(
		shown.map(({ device, value }) => [device, value]),
		[
			['p-1', 1],
			['p-2', 2],
		],
	);
	assert.match(
		(await held(['read', `${application}/p-1/dose-rate`, `${application}/p-2/dose-rate`, ...as])).stdout,
		/^hall-\d\/p-2\/dose-rate/m,
	);
	assert.equal((await held(['read', `${application}/+/+`, ...as, '--to', 'csv:-'])).stdout.split('\n').length, 4);
	await refused(['read', `${application}/p-1/state`, ...as], 'not-granted');
	await refused(['read', `${application}/+/state`, ...as], 'not-granted');
	await refused(
		['read', `${application}/p-1/state`, `${application}/p-1/dose-rate`, ...as, '--to', 'csv:-'],
		'not-granted',
	);
	await refused(['read', 'other/+/+', ...as], 'not-granted');
	for (const grant of await site.ask('grant.list', { application })) {
		if (grant.device === 'p-2') await site.ask('grant.end', { id: grant.id });
	}
	assert.doesNotMatch((await held(['read', `${application}/+/+`, ...as])).stdout, /p-2/);
});

test('a broker has every reading, also what came while it was away', async (t) => {
	if (!needs(t, 'mosquitto')) return;
	const { application, store, as } = await setUp(t);
	const broker = await startLocalBroker(t);
	const seen: unknown[] = [];
	const subscribe = async (): Promise<void> => {
		const client = await mqtt.connectAsync(broker.url.href, { reconnectPeriod: 0 });
		t.after(() => client.end(true));
		client.on('message', (topic, payload) => {
			assert.match(topic, /^house\/hall-\d\/p-[12]\/dose-rate$/);
			seen.push((JSON.parse(payload.toString()) as { value: unknown }).value);
		});
		await client.subscribeAsync('#');
	};
	await subscribe();
	await store('p-1', [1, 2]);
	const words = ['read', `${application}/+/+`, ...as, '--follow', '--to', `${broker.url.href}/house`];
	const child = start(words);
	t.after(() => child.kill('SIGKILL'));
	let said = '';
	child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
	await until('both came', () => seen.length === 2);
	await broker.kill();
	await store('p-2', [3]);
	await until('it is said', () => said.includes('target-unavailable'));
	await broker.start();
	await subscribe();
	await until('the third came', () => seen.includes(3));
	child.kill('SIGTERM');
	const [status] = (await once(child, 'close')) as [number | null];
	assert.equal(status, 0, said);
	assert.deepEqual(seen, [1, 2, 3]);
	assert.match((await held(words.filter((word) => word !== '--follow'))).stderr, /0 readings delivered/);
});

test('InfluxDB has one point for each reading, also when pages are sent again', async (t) => {
	if (!needs(t, 'influxd')) return;
	const { application, store, folder, home, as } = await setUp(t);
	const [http, rpc] = [await freePort(), await freePort()];
	const conf = join(folder, 'influx.conf');
	const at = (name: string): string => join(folder, 'influx', name);
	writeFileSync(
		conf,
		`reporting-disabled = true\nbind-address = "127.0.0.1:${rpc}"\n[meta]\ndir = "${at('meta')}"\n` +
			`[data]\ndir = "${at('data')}"\nwal-dir = "${at('wal')}"\n[http]\nbind-address = "127.0.0.1:${http}"\n`,
	);
	const influx = spawn(commandPath('influxd') ?? 'influxd', ['-config', conf], { stdio: 'ignore' });
	const gone = once(influx, 'exit');
	t.after(async () => {
		influx.kill('SIGKILL');
		await gone;
	});
	for (; !(await listens(http)); await new Promise((resolve) => setTimeout(resolve, 50)));
	const query = async (text: string): Promise<unknown[][]> => {
		const asked = `http://127.0.0.1:${http}/query?db=hall&epoch=ms&q=${encodeURIComponent(text)}`;
		const answer = (await (await fetch(asked, { method: 'POST' })).json()) as {
			results: { series?: { values: unknown[][] }[] }[];
		};
		return answer.results[0]?.series?.flatMap(({ values }) => values) ?? [];
	};
	const words = ['read', `${application}/+/+`, ...as, '--to', `influx:http://127.0.0.1:${http}/write?db=hall`];
	await store('p-1', [1, 2]);
	await store('p-2', [0.5]);
	// No such database yet: refused by name, and nothing is taken as delivered.
	await refused(words, 'target-refused');
	await query('CREATE DATABASE hall');
	assert.match((await held(words)).stderr, /one point.*3 readings delivered/s);
	rmSync(join(home, 'targets'), { recursive: true });
	assert.match((await held(words)).stderr, /3 readings delivered/);
	const points = await query(`SELECT value, device, unit FROM "dose-rate"`);
	assert.deepEqual(
		points.map(([, ...point]) => point),
		[
			[1, 'p-1', 'Sv/h'],
			[2, 'p-1', 'Sv/h'],
			[0.5, 'p-2', 'Sv/h'],
		],
	);
});

test('Prometheus is shown the newest reading of each stream, in a file and on a port of this machine alone', async (t) => {
	const { application, store, folder, as } = await setUp(t);
	await store('p-1', [1, 2]);
	await store('p-2', [3]);
	const file = join(folder, 'keyward.prom');
	await held(['read', `${application}/+/+`, ...as, '--to', `prometheus:${file}`]);
	const text = readFileSync(file, 'utf8');
	assert.match(text, /device="p-1",stream="dose-rate",unit="Sv\/h"\} 2$/m);
	assert.match(text, /device="p-2",stream="dose-rate",unit="Sv\/h"\} 3$/m);
	await refused(
		['read', `${application}/+/+`, ...as, '--to', 'prometheus:http://0.0.0.0:9465/metrics'],
		'request-malformed',
	);
	const port = await freePort();
	const child = start([
		'read',
		`${application}/+/+`,
		...as,
		'--follow',
		'--to',
		`prometheus:http://127.0.0.1:${port}/metrics`,
	]);
	t.after(() => child.kill('SIGKILL'));
	let shown = '';
	const look = async (): Promise<void> => {
		shown = await fetch(`http://127.0.0.1:${port}/metrics`).then(
			(answer) => answer.text(),
			() => '',
		);
	};
	for (; shown !== text; await new Promise((resolve) => setTimeout(resolve, 50))) await look();
	child.kill('SIGTERM');
	assert.deepEqual(await once(child, 'close'), [0, null]);
});

test('an unknown target, or one that tells a secret to every user of the machine, is refused', async () => {
	const folder = temporaryFolder('keyward-target-');
	for (const [to, detail] of [
		['all.csv', /names no target|no known kind/],
		['xml:all.xml', /no known kind/],
		['csv:http://a/', /is no file/],
		['mqtt://user:word@127.0.0.1', /--secret-file/],
		['influx:http://127.0.0.1:8086/write?db=x&u=a&p=b', /--secret-file/],
	] as const)
		await assert.rejects(openTarget(to, folder, {}), { code: 'request-malformed', detail }, to);
});

test('a span of time is read, exported and asked over HTTP, whatever came late', async (t) => {
	const { application, store, as, begin, desk } = await setUp(t);
	await store('p-1', [1, 2, 3]);
	await store('p-2', [4]);
	await store('p-1', [5, 6], -3);
	const moment = (count: number): string => new Date(begin + count * 1000).toISOString();
	const values = async (words: readonly string[]): Promise<number[]> =>
		(await held(['read', ...words, ...as, '--json'])).stdout
			.split('\n')
			.filter((line) => line !== '')
			.map((line) => (JSON.parse(line) as { value: number }).value);
	// At 1, 2, 3 s; and the late ones at 2.5 and 3.5 s.
	assert.deepEqual(await values([`${application}/p-1/dose-rate`, '--since', moment(2)]), [2, 3, 5, 6]);
	assert.deepEqual(await values([`${application}/p-1/dose-rate`, '--since', moment(2), '--until', moment(3)]), [2, 5]);
	assert.deepEqual(await values([`${application}/+/+`, '--until', moment(2)]), [1]);
	assert.deepEqual(await values([`${application}/+/+`, '--since', '1h', '--limit', '2']), [1, 2]);
	assert.deepEqual(await values([`${application}/+/+`, '--since', '1s']), []);
	const listed = await held(['read', `${application}/+/+`, ...as, '--since', moment(3), '--to', 'csv:-']);
	assert.equal(listed.stdout.trim().split('\n').length, 4);
	await refused(['read', `${application}/+/+`, ...as, '--until', '1h', '--follow'], 'request-malformed');
	const agent = new Agent(desk.tls);
	t.after(() => agent.destroy());
	const ask = async (query: string): Promise<{ code?: string; readings?: { value: number }[] }> => {
		const asked = request(`${site.url}/v1/readings/${application}/p-1/dose-rate?${query}`, { agent }).end();
		const [answer] = (await once(asked, 'response')) as [IncomingMessage];
		return (await json(answer)) as { code?: string; readings?: { value: number }[] };
	};
	const { readings = [] } = await ask(`from=${moment(2)}&to=${begin + 3000}`);
	assert.deepEqual(
		readings.map(({ value }) => value),
		[2, 5],
	);
	assert.equal((await ask('from=yesterday')).code, 'request-malformed');
});
