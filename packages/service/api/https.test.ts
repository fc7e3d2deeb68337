import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { request as plainRequest } from 'node:http';
import { request } from 'node:https';
import { connect as connectPlain, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import type { ErrorCode } from '@keyward/core';
import { operations } from '@keyward/contract';
import { createApi } from './http-api.ts';
import { type HttpsListener, listenHttps, listenLocal } from './https.ts';
import { MemoryApi } from './memory-api.fixture.ts';
import { operationEntries } from './operation-entry.ts';
import { TestCa, type TestIdentity } from '../http/openssl.fixture.ts';
import { USUAL_LIMITS } from '../http/peer-timeouts.ts';
import { until } from '@keyward/testing/agent/until';
import { openRecordClient } from '@keyward/testing/service/records';

const dose = { application: 'reactor-hall', device: 'gamma-1', stream: 'dose-rate' };
const dosePath = '/v1/readings/reactor-hall/gamma-1/dose-rate';

const rpc = new MemoryApi();
const logged: { fields: object; message: string }[] = [];
const refused: ErrorCode[] = [];
const api = createApi({
	rpc,
	...{ version: '0.0.1', operations: operationEntries() },
	log: { error: (fields, message) => void logged.push({ fields, message }) },
	onRefused: (code) => void refused.push(code),
});
/** Soon reached, by whom a test makes slow; everybody else has the usual ones, however busy the machine is. */
const soon = { handshake: 700, headers: 700, request: 900, idle: 1500, keepAlive: 1500 };

let siteCa: TestCa;
let otherCa: TestCa;
let service: TestIdentity;
let reader: TestIdentity;
let stranger: TestIdentity;
let https: HttpsListener;
let local: { readonly path: string; close(): Promise<void> };
let folder: string;

before(async () => {
	siteCa = new TestCa('site');
	otherCa = new TestCa('other');
	service = siteCa.issue('service', 'serverAuth');
	reader = siteCa.issue('reader', 'clientAuth');
	stranger = otherCa.issue('reader', 'clientAuth');
	rpc.add(dose, 5);
	rpc.add({ ...dose, device: 'gamma-2' }, 5);
	rpc.grant(reader.fingerprint, dose);
	folder = await mkdtemp(join(tmpdir(), 'kw-'));
	https = await listenHttps({ api, ...service, ca: [siteCa.certificate], port: 0, host: '127.0.0.1' });
	local = await listenLocal({ api, folder });
});

after(async () => {
	await https.close();
	await local.close();
	await rm(folder, { recursive: true, force: true });
	siteCa[Symbol.dispose]();
	otherCa[Symbol.dispose]();
});

/** Another listener of the same API, until the test ends. */
const withLimits = async (t: TestContext, limits: Partial<typeof soon>): Promise<HttpsListener> => {
	const common = { api, ...service, ca: [siteCa.certificate], port: 0, host: '127.0.0.1' };
	const listener = await listenHttps({ ...common, limits: { ...USUAL_LIMITS, ...limits } });
	t.after(() => listener.close());
	return listener;
};

interface Answer {
	readonly status: number;
	readonly headers: Record<string, unknown>;
	readonly text: string;
}

const ask = async (
	who: TestIdentity | 'operator' | null,
	method: string,
	path: string,
	body?: string | Buffer,
	headers: Record<string, string> = { 'content-type': 'application/json' },
): Promise<Answer> => {
	const common = {
		method,
		path,
		agent: false,
		headers: body === undefined ? {} : { ...headers, 'content-length': Buffer.byteLength(body) },
	};
	const sent =
		who === 'operator'
			? plainRequest({ ...common, socketPath: local.path })
			: request({
					...common,
					host: '127.0.0.1',
					port: https.port,
					ca: siteCa.certificate,
					...(who === null ? {} : { key: who.key, cert: who.cert }),
				});
	sent.on('error', () => undefined);
	sent.end(body);
	const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
	let text = '';
	for await (const part of response.setEncoding('utf8')) text += part;
	return { status: response.statusCode ?? 0, headers: { ...response.headers, date: null }, text };
};

const call = (who: TestIdentity | 'operator' | null, name: string, input: unknown): Promise<Answer> =>
	ask(who, 'POST', `/v1/operations/${name}`, JSON.stringify(input));

const codeOf = (answer: Answer): string => (JSON.parse(answer.text) as { code: string }).code;

test('a request that comes in records of a byte each ends the connection, and one that begins so is served', async (t) => {
	const ends = { after: (end: () => void) => t.after(end) };
	const post = `POST /nothing HTTP/1.1\r\nhost: localhost:${https.port}\r\ncontent-length: 5000\r\n\r\n`;
	/** So many of the body's bytes alone; where most of it is left, that in one record. */
	const send = async (count: number): Promise<Socket> => {
		const client = await openRecordClient(ends, https.port, { ca: siteCa.certificate });
		const rest = 5000 - count;
		const records = [
			client.record('application', Buffer.from(post)),
			...Array.from({ length: count }, () => client.record('application', Buffer.from('x'))),
			...(rest > 4000 ? [client.record('application', Buffer.alloc(rest, 'x'))] : []),
		];
		client.socket.write(Buffer.concat(records));
		return client.socket;
	};
	const before = refused.length;
	await once(await send(300), 'data');
	assert.ok(refused.slice(before).every((code) => code !== 'request-malformed'));
	const many = await send(1001);
	await new Promise((resolve) => many.once('close', resolve));
	assert.ok(refused.slice(before).includes('request-malformed'));
});

for (const where of ['HTTPS', 'the local socket'] as const) {
	test(`over ${where} who goes on with the body of a request that was answered is cut, and has the answer`, async (t) => {
		const begin = (): Socket => {
			const to = { host: '127.0.0.1', port: https.port, ca: siteCa.certificate };
			const socket = where === 'HTTPS' ? connect(to) : connectPlain(local.path);
			socket.on('error', () => {});
			t.after(() => socket.destroy());
			return socket;
		};
		const head = 'POST /v1/nothing HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n';
		const chunks = Buffer.from('1\r\nx\r\n'.repeat(2000));
		const socket = begin();
		let answer = '';
		const [ended, answered] = [once(socket, 'end'), once(socket, 'data')];
		socket.on('data', (part: Buffer) => (answer += part.toString()));
		socket.write(head);
		await answered;
		let over = false;
		void ended.then(() => (over = true));
		// Ten times what is still read, and what the kernel holds between the two; a part waits for the one before.
		for (let sent = 0; sent < 16 * 1024 * 1024 && !over && !socket.destroyed; sent += chunks.length)
			await Promise.race([new Promise((resolve) => socket.write(chunks, resolve)), ended]);
		assert.ok(over, 'the connection stands');
		assert.match(answer, /^HTTP\/1\.1 404 /);
		// Who ends the body in time may ask again on the connection.
		const good = begin();
		const first = once(good, 'data');
		good.write(head);
		await first;
		const second = once(good, 'data');
		good.write(`1\r\nx\r\n0\r\n\r\n${head}0\r\n\r\n`);
		assert.match(String((await second)[0]), /^HTTP\/1\.1 404 /);
	});
}

test('the operator is known by the socket, a reader by its certificate, and nobody by a certificate of another CA', async () => {
	assert.equal((await call('operator', 'grant.list', {})).status, 200);
	assert.deepEqual(rpc.asked.at(-1)?.caller, { kind: 'operator' });
	assert.equal((await call(reader, 'streams.list', {})).status, 200);
	assert.deepEqual(rpc.asked.at(-1)?.caller, {
		...{ kind: 'certificate', fingerprint: reader.fingerprint },
		link: { protocol: 'TLSv1.3', groups: 'any' },
	});
	const before = rpc.asked.length;
	for (const who of [stranger, null]) {
		const answer = await call(who, 'streams.list', {});
		assert.equal(answer.status, 401);
		assert.equal(codeOf(answer), 'not-authenticated');
	}
	assert.equal(rpc.asked.length, before, 'strangers do not reach the door');
});

test('a service certificate does not speak for a client', async () => {
	assert.equal((await call(service, 'streams.list', {})).status, 401);
});

test('each operation is refused to every caller it does not name, before its input is read', async () => {
	for (const { name, callers } of Object.values(operations)) {
		for (const [who, kind] of [
			['operator', 'operator'],
			[reader, 'certificate'],
			[null, 'anonymous'],
		] as const) {
			const before = rpc.asked.length;
			const answer = await call(who, name, { nonsense: true });
			if (callers.some((rule) => rule.kind === kind)) {
				assert.equal(codeOf(answer), 'request-malformed', name);
			} else {
				assert.equal(answer.status, kind === 'anonymous' ? 401 : 403, `${name} by ${kind}`);
			}
			assert.equal(rpc.asked.length, before);
		}
	}
});

test('a stream that is not granted and one that does not exist give the same bytes', async () => {
	const of = (path: string): Promise<Answer> => ask(reader, 'GET', path);
	const ungranted = await of('/v1/readings/reactor-hall/gamma-2/dose-rate');
	assert.equal(ungranted.status, 403);
	assert.equal(codeOf(ungranted), 'not-granted');
	for (const path of ['reactor-hall/gamma-9/dose-rate', 'reactor-hall/gamma-1/humidity', 'nowhere/x/y'])
		assert.deepEqual(await of(`/v1/readings/${path}`), ungranted);
	const events = { accept: 'text/event-stream', 'content-type': 'application/json' };
	const asEvents = (path: string): Promise<Answer> => ask(reader, 'GET', path, '', events);
	assert.deepEqual(
		await asEvents('/v1/readings/nowhere/x/y'),
		await asEvents('/v1/readings/reactor-hall/gamma-2/dose-rate'),
	);
	const byOperation = (device: string): Promise<Answer> =>
		call(reader, 'readings.read', { ...dose, device, after: 0, limit: 1 });
	assert.deepEqual(await byOperation('gamma-2'), await byOperation('gamma-9'));
});

test('readings come by cursor and limit', async () => {
	const first = await ask(reader, 'GET', `${dosePath}?limit=2`);
	assert.deepEqual(JSON.parse(first.text), {
		readings: [
			{ cursor: '0123456789-1', time: 1_700_000_000_000, value: 0, unit: 'Sv/h' },
			{ cursor: '0123456789-2', time: 1_700_000_001_000, value: 0.125, unit: 'Sv/h' },
		],
		next: '0123456789-2',
	});
	const second = JSON.parse((await ask(reader, 'GET', `${dosePath}?after=0123456789-2`)).text) as {
		readings: unknown[];
		next: string;
	};
	assert.equal(second.readings.length, 3);
	assert.equal(second.next, '0123456789-5');
});

test('malformed input is named and refused', async () => {
	const cases: [Promise<Answer>, number, string, RegExp][] = [
		[ask('operator', 'POST', '/v1/operations/grant.end', '{"id":'), 400, 'request-malformed', /JSON/],
		[ask('operator', 'POST', '/v1/operations/grant.end', ''), 400, 'request-malformed', /./],
		[ask('operator', 'POST', '/v1/operations/grant.end', '{"__proto__":{}}'), 400, 'request-malformed', /./],
		[
			ask('operator', 'POST', '/v1/operations/grant.end', 'id=1', { 'content-type': 'text/plain' }),
			415,
			'request-malformed',
			/./,
		],
		[ask('operator', 'POST', '/v1/operations/grant.end'), 400, 'request-malformed', /body/],
		[call('operator', 'grant.end', {}), 400, 'request-malformed', /'id'/],
		[call('operator', 'grant.end', { id: 7 }), 400, 'request-malformed', /body\.id must be string/],
		[call('operator', 'grant.end', { id: 'a', idd: 'b' }), 400, 'request-malformed', /body\.idd is not a field/],
		[call('operator', 'grant.list', { application: '../etc' }), 400, 'request-malformed', /body\.application/],
		[call('operator', 'grant.end', { id: 'absent' }), 404, 'grant-unknown', /absent/],
		[ask('operator', 'POST', '/v1/operations/grant.burn', '{}'), 404, 'no-such-thing', /grant\.burn/],
		[ask('operator', 'GET', '/admin'), 404, 'no-such-thing', /openapi/],
		[ask('operator', 'GET', '/%E0%A4%A'), 400, 'request-malformed', /./],
		[ask(reader, 'GET', `${dosePath}?after=-1`), 400, 'request-malformed', /after must be a cursor/],
		[ask(reader, 'GET', `${dosePath}?after=44`), 400, 'request-malformed', /after is 44, a position .* 0 to begin/],
		[ask(reader, 'GET', dosePath, '', { 'last-event-id': '44' }), 400, 'request-malformed', /Last-Event-ID is 44, /],
		[
			ask(reader, 'GET', '/v1/readings/+/b/c'),
			400,
			'request-malformed',
			/application must be a name: .* letter or digit/,
		],
		[ask(reader, 'GET', `${dosePath}?limit=1001`), 400, 'request-malformed', /limit/],
		[ask(reader, 'GET', `${dosePath}?aftr=1`), 400, 'request-malformed', /aftr/],
		[ask(reader, 'GET', '/v1/readings/A/b/c'), 400, 'request-malformed', /application/],
		[
			ask('operator', 'POST', '/v1/operations/grant.end', JSON.stringify({ id: 'x'.repeat(600_000) })),
			413,
			'packet-too-large',
			/./,
		],
	];
	for (const [pending, status, code, detail] of cases) {
		const answer = await pending;
		assert.equal(answer.status, status, answer.text);
		const failure = JSON.parse(answer.text) as { code: string; detail: string };
		assert.deepEqual(Object.keys(failure), ['code', 'detail']);
		assert.equal(failure.code, code);
		assert.match(failure.detail, detail);
		assert.equal(refused.includes(failure.code as ErrorCode), true);
	}
});

test('a bug is told by its id alone, and written to the log', async () => {
	const answer = await call('operator', 'grant.end', { id: 'bug' });
	assert.equal(answer.status, 500);
	assert.doesNotMatch(answer.text, /swordfish/);
	const incident = /under (\S+)\.$/.exec((JSON.parse(answer.text) as { detail: string }).detail)?.[1];
	assert.equal(logged.length, 1);
	assert.equal(Object.entries(logged[0]?.fields ?? {}).find(([key]) => key === 'incident')?.[1], incident);
});

test('the description and the health of the service are for everybody', async () => {
	assert.equal((await ask(null, 'GET', '/v1/openapi.json')).status, 200);
	assert.equal((await ask(null, 'GET', '/healthz')).text, '{"status":"ok"}');
	assert.equal((await ask(null, 'GET', '/healthz/live')).text, '{"status":"ok"}');
});

test('metrics tell what a fleet is and does: nobody on the network gets them', async () => {
	for (const caller of [null, reader]) {
		const answer = await ask(caller, 'GET', '/metrics');
		assert.equal(answer.status, 403);
		assert.doesNotMatch(answer.text, /keyward_/);
	}
});

interface Events {
	readonly seen: string[];
	readonly socket: import('node:tls').TLSSocket;
}

/** A raw event stream: the lines that came, and the socket to hold back. */
const events = async (path: string, headers = '', port = https.port): Promise<Events> => {
	const socket = connect({
		host: '127.0.0.1',
		port,
		ca: siteCa.certificate,
		key: reader.key,
		cert: reader.cert,
	});
	await once(socket, 'secureConnect');
	socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n${headers}\r\n`);
	const seen: string[] = [];
	socket.setEncoding('utf8').on('data', (text: string) => seen.push(...text.split('\n')));
	socket.on('error', () => undefined);
	return { seen, socket };
};

const idsOf = (seen: readonly string[]): number[] =>
	seen.filter((line) => line.startsWith('id: ')).map((line) => Number(/^id: 0123456789-(\d+)$/.exec(line)?.[1]));

test('an event stream gives what is stored, then what comes, resumes after Last-Event-ID, and says when access ends', async () => {
	const live = { ...dose, device: 'gamma-3' };
	rpc.add(live, 3);
	rpc.grant(reader.fingerprint, live);
	const path = '/v1/readings/reactor-hall/gamma-3/dose-rate';
	const all = await events(path);
	await until('three events', () => idsOf(all.seen).length === 3);
	const resumed = await events(`${path}?after=0123456789-1`, 'last-event-id: 0123456789-2\r\n');
	await until('the event after the last', () => idsOf(resumed.seen).length === 1);
	rpc.add(live, 2);
	await until('two more', () => idsOf(all.seen).length === 5 && idsOf(resumed.seen).length === 3);
	assert.deepEqual(idsOf(all.seen), [1, 2, 3, 4, 5]);
	assert.deepEqual(idsOf(resumed.seen), [3, 4, 5]);
	rpc.revoke(reader.fingerprint);
	await until('the end', () => all.seen.includes('event: end'));
	assert.match(all.seen.find((line) => line.startsWith('data: {"code"')) ?? '', /"not-granted"/);
	for (const { socket } of [all, resumed]) socket.destroy();
	rpc.grant(reader.fingerprint, dose);
});

test('a peer that does not read lags: pages wait, others are served, and the wait is bounded', async (t) => {
	const { port } = await withLimits(t, { idle: soon.idle });
	const wide = { ...dose, device: 'gamma-4' };
	rpc.add(wide, 200_000);
	rpc.grant(reader.fingerprint, wide);
	rpc.pages = 0;
	const { followed } = rpc;
	const slow = await events('/v1/readings/reactor-hall/gamma-4/dose-rate', '', port);
	slow.socket.pause();
	const gone = once(slow.socket, 'close');
	await until('a page', () => rpc.pages > 0);
	assert.equal((await ask(null, 'GET', '/healthz')).status, 200);
	await until('the end of a connection that nobody reads', () => rpc.followed > followed);
	assert.ok(rpc.pages < 390, `${rpc.pages} of 400 pages were taken for a peer that reads nothing`);
	slow.socket.resume();
	await gone;
	assert.ok(idsOf(slow.seen).length < 200_000, 'the stalled connection was dropped');
});

test('who sends a request a byte at a time, no handshake, or headers without end is dropped', async (t) => {
	const dripped = await withLimits(t, { headers: soon.headers, request: soon.request });
	const awaited = await withLimits(t, { handshake: soon.handshake });
	const tls = connect({ host: '127.0.0.1', port: dripped.port, ca: siteCa.certificate });
	await once(tls, 'secureConnect');
	let said = '';
	tls.setEncoding('utf8').on('data', (text: string) => (said += text));
	tls.write('GET /healthz HTTP/1.1\r\n');
	const drip = setInterval(() => tls.write('x: y\r\n'), 100);
	tls.on('error', () => undefined);
	const silent = connectPlain(awaited.port, '127.0.0.1');
	silent.on('error', () => undefined).resume();
	await Promise.all([once(tls, 'close'), once(silent, 'close')]);
	clearInterval(drip);
	assert.match(said, /^HTTP\/1\.1 408 /);
	assert.match(said, /peer-too-slow/);

	assert.equal(refused.filter((code) => code === 'peer-too-slow').length, 2, 'both are counted');
	const wide = await ask(null, 'GET', '/healthz', '', { 'x-wide': 'x'.repeat(9000) });
	assert.equal(wide.status, 431);
});

test('TLS 1.2 is refused, and no session is resumed', async () => {
	const old = connect({ host: '127.0.0.1', port: https.port, ca: siteCa.certificate, maxVersion: 'TLSv1.2' });
	await assert.rejects(once(old, 'secureConnect'));
	assert.ok(refused.includes('link-too-weak'));
	const first = connect({ host: '127.0.0.1', port: https.port, ca: siteCa.certificate });
	const session = once(first, 'session');
	await once(first, 'secureConnect');
	first.resume().write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
	const [ticket] = (await Promise.race([session, sleep(500, [undefined])])) as [Buffer | undefined];
	first.destroy();
	const second = connect({
		host: '127.0.0.1',
		port: https.port,
		ca: siteCa.certificate,
		...(ticket === undefined ? {} : { session: ticket }),
	});
	await once(second, 'secureConnect');
	assert.equal(second.isSessionReused(), false);
	second.destroy();
});

test('a listener that stops ends its event streams at once', async () => {
	const other = await listenHttps({ api, ...service, ca: [siteCa.certificate], port: 0, host: '127.0.0.1' });
	const stream = await events(dosePath, '', other.port);
	await until('an event', () => idsOf(stream.seen).length > 0);
	// It does not wait for their next page, which never comes.
	await other.close();
	stream.socket.destroy();
});

test('a new anchor counts from the next connection on', async () => {
	assert.equal((await call(stranger, 'streams.list', {})).status, 401);
	https.replace({ ...service, ca: [siteCa.certificate, otherCa.certificate] });
	assert.equal((await call(stranger, 'streams.list', {})).status, 200);
	https.replace({ ...service, ca: [siteCa.certificate] });
	assert.equal((await call(stranger, 'streams.list', {})).status, 401);
});

test('the local socket is its owner’s alone, replaces a stale one, and leaves nothing behind', async () => {
	assert.equal((await stat(local.path)).mode & 0o777, 0o600);
	assert.deepEqual(await readdir(folder), ['keyward.sock']);
	const again = await listenLocal({ api, folder });
	assert.deepEqual(await readdir(folder), ['keyward.sock']);
	await again.close();
	assert.deepEqual(await readdir(folder), []);
	await assert.rejects(listenLocal({ api, folder: join(tmpdir(), 'x'.repeat(120)) }));
	await local.close().catch(() => undefined);
	local = await listenLocal({ api, folder });
});
