import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect as connectPlain } from 'node:net';
import { test, type TestContext } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import type { ErrorCode } from '@keyward/core';
import { createApi } from '../api/http-api.ts';
import { est } from '../enrolment/est.ts';
import { listenHttps } from '../api/https.ts';
import { MemoryApi } from '../api/memory-api.fixture.ts';
import { operationEntries } from '../api/operation-entry.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { TestCa, type TestIdentity } from './openssl.fixture.ts';
import { PIPELINED, RATES, STRANGERS, STRANGERS_CONNECTIONS, STREAMS } from './peer-limits.ts';

// CR 7.1: one peer has only so much of a listener.

const dose = { application: 'hall', device: 'd', stream: 'dose' };

const open = async (t: TestContext, rpc: MemoryApi = new MemoryApi()) => {
	const ca = new TestCa('site');
	t.after(() => ca[Symbol.dispose]());
	const service = ca.issue('service', 'serverAuth');
	const reader = ca.issue('reader', 'clientAuth');
	const refused: ErrorCode[] = [];
	const api = createApi({
		...{
			rpc,
			version: '0.0.1',
			operations: operationEntries(),
			log: { error: (_fields, message) => assert.fail(message) },
		},
		onRefused: (code) => refused.push(code),
		est: (options) => (app) => est(app, { ...options, rpc }),
	});
	const https = await listenHttps({ api, ...service, ca: [ca.certificate], port: 0, host: '127.0.0.1' });
	t.after(() => https.close());
	/** A TLS connection that keeps the text which comes. */
	const peer = async (who: TestIdentity | null = null) => {
		const identity = who === null ? {} : { key: who.key, cert: who.cert };
		const socket: TLSSocket = connect({ host: '127.0.0.1', port: https.port, ca: ca.certificate, ...identity });
		const state = { socket, text: '', closed: once(socket, 'close') };
		socket.on('error', () => undefined);
		socket.setEncoding('utf8').on('data', (text: string) => (state.text += text));
		t.after(() => socket.destroy());
		await once(socket, 'secureConnect');
		return state;
	};
	return { rpc, reader, refused, peer };
};

const until = async (holds: () => boolean): Promise<void> => {
	while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
};
const count = (text: string, part: string): number => text.split(part).length - 1;
const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n${more}\r\n`;
const enrol = (token: string): string =>
	`POST /.well-known/est/simpleenroll HTTP/1.1\r\nhost: localhost\r\nauthorization: Basic ${Buffer.from(`x:${token}`).toString('base64')}\r\ncontent-length: 4\r\n\r\nAAAA`;

test('requests of one connection are answered one after another; more than may wait end it', async (t) => {
	const under: { request: IncomingMessage; response: ServerResponse }[] = [];
	let handled = 0;
	let tooMany = 0;
	const server = createServer(
		oneAtATime(
			(request, response) => {
				handled++;
				under.push({ request, response });
			},
			(socket) => {
				tooMany++;
				socket.destroy();
			},
		),
	);
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.after(() => server.close());
	const { port } = server.address() as AddressInfo;
	const open = () => {
		const socket = connectPlain(port, '127.0.0.1');
		const state = { socket, text: '' };
		t.after(() => socket.destroy());
		socket.on('error', () => undefined);
		socket.setEncoding('utf8').on('data', (text: string) => (state.text += text));
		return state;
	};
	const first = open();
	// Twice, so that the connection is read again after it was left unread; with bodies, which are read apart.
	for (let round = 1; round <= 2; round++) {
		const posts = Array.from(
			{ length: 10 },
			(_, index) => `POST /${index} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhi`,
		);
		first.socket.write(posts.join(''));
		for (let index = 0; index < 10; index++) {
			await until(() => under.length > 0);
			assert.equal(under.length, 1, 'one at a time');
			const [one] = under.splice(0);
			assert.equal(one?.request.url, `/${index}`);
			one?.request.resume();
			one?.response.end('ok');
		}
		await until(() => count(first.text, 'HTTP/1.1 200') === 10 * round);
	}
	const second = open();
	second.socket.write(get('/').repeat(PIPELINED + 2));
	await once(second.socket, 'close');
	assert.deepEqual([handled, tooMany], [21, 1]);
});

test('a flood of pipelined requests is told to come again, and is not worked through', async (t) => {
	const { rpc, reader, refused, peer } = await open(t);
	rpc.add(dose, 3);
	rpc.grant(reader.fingerprint, dose);
	const flood = await peer(reader);
	flood.socket.write(get('/v1/readings/hall/d/dose').repeat(1000));
	await flood.closed;
	assert.match(flood.text, /^HTTP\/1\.1 503 Service Unavailable\r\n(?:.*\r\n)*retry-after: 1\r\n/);
	assert.ok(rpc.asked.length <= 2, `${rpc.asked.length} questions`);
	assert.ok(refused.includes('service-busy'));
	const few = await peer(reader);
	few.socket.write(get('/v1/readings/hall/d/dose').repeat(20));
	await until(() => count(few.text, 'HTTP/1.1 200 OK') === 20);
});

test('every request of a stranger counts: also for what does not exist, the description, and an address that cannot be read', async (t) => {
	const refused: ErrorCode[] = [];
	const api = createApi({
		...{
			rpc: new MemoryApi(),
			version: '0.0.1',
			operations: operationEntries(),
			log: { error: (_fields, message) => assert.fail(message) },
		},
		onRefused: (code) => refused.push(code),
	});
	const of = async (kind: 'anonymous' | 'operator') => {
		const caller = kind === 'operator' ? { kind } : { kind, link: null };
		const { app } = await api({ callerOf: () => caller, est: false, only: null });
		t.after(() => app.close());
		return async (url: string) => (await app.inject({ method: 'GET', url })).statusCode;
	};
	const [stranger, operator] = [await of('anonymous'), await of('operator')];
	const paths = ['/nope', '/v1/operations/nope', '/v1/openapi.json', '/healthz', '/%zz'];
	// More than may come back while they are asked on a slow machine.
	await Promise.all(Array.from({ length: RATES.network.atOnce + 400 }, () => stranger('/nope')));
	for (const path of paths) {
		let isTold = false;
		// A slow machine takes so long that some come back between two of them.
		for (let batch = 0; batch < 40 && !isTold; batch++) {
			const codes = await Promise.all(Array.from({ length: 50 }, () => stranger(path)));
			isTold = codes.includes(429);
		}
		assert.ok(isTold, path);
	}
	assert.ok(refused.includes('request-too-often'));
	assert.deepEqual(await Promise.all(paths.map(operator)), [404, 404, 200, 200, 400]);
});

test('health is asked of the committer once for everybody', async (t) => {
	let asked = 0;
	class Counting extends MemoryApi {
		override health() {
			asked++;
			return super.health();
		}
	}
	const { peer } = await open(t, new Counting());
	const peers = await Promise.all(Array.from({ length: 3 }, () => peer()));
	for (const { socket } of peers) socket.write(get('/healthz').repeat(20));
	await until(() => peers.every(({ text }) => count(text, '{"status":"ok"}') === 20));
	// A second may have ended between them on a slow machine, and then another.
	assert.ok(asked < 30, `${asked} questions for 60 answers`);
});

test('few strangers of one address are served at a time, some wait, the rest is told to come again; certificates pass by', async (t) => {
	const gate = Promise.withResolvers<never>();
	let asked = 0;
	class Waiting extends MemoryApi {
		override requireToken(): Promise<never> {
			asked++;
			return gate.promise;
		}
	}
	const { rpc, reader, peer } = await open(t, new Waiting());
	rpc.add(dose, 3);
	rpc.grant(reader.fingerprint, dose);
	const most = STRANGERS.each + STRANGERS.waitingEach;
	const peers: Awaited<ReturnType<typeof peer>>[] = [];
	for (let index = 0; index < most + 3; index++) peers.push(await peer());
	for (const { socket } of peers) socket.write(enrol('made-up'));
	const answers = (part: string): number => peers.filter(({ text }) => text.includes(part)).length;
	await until(() => answers('HTTP/1.1 503') === 3);
	assert.equal(answers('retry-after: 1'), 3);
	assert.equal(asked, STRANGERS.each);
	const known = await peer(reader);
	known.socket.write(get('/v1/readings/hall/d/dose'));
	await until(() => known.text.includes('HTTP/1.1 200 OK'));
	gate.reject(new Error('enough'));
	await gate.promise.catch(() => undefined);
	for (const { socket } of peers) socket.destroy();
});

test('connections of one address that only wait make room for the newest', async (t) => {
	const { peer } = await open(t);
	const peers: Awaited<ReturnType<typeof peer>>[] = [];
	for (let index = 0; index < STRANGERS_CONNECTIONS.each + 3; index++) peers.push(await peer());
	await Promise.all(peers.slice(0, 3).map(({ closed }) => closed));
	const newest = peers.at(-1);
	newest?.socket.write(get('/healthz'));
	await until(() => newest?.text.includes('"status":"ok"') === true);
	assert.equal(peers.filter(({ socket }) => socket.destroyed).length, 3);
});

test('a certificate has few event streams, and one that ends makes room', async (t) => {
	const { rpc, reader, peer } = await open(t);
	rpc.add(dose, 3);
	rpc.grant(reader.fingerprint, dose);
	const ask = async () => {
		const one = await peer(reader);
		one.socket.write(get('/v1/readings/hall/d/dose', 'accept: text/event-stream\r\n'));
		await until(() => one.text.includes('\r\n\r\n'));
		return one;
	};
	const streams = [];
	for (let index = 0; index < STREAMS.each; index++) streams.push(await ask());
	assert.ok(streams.every(({ text }) => text.startsWith('HTTP/1.1 200')));
	assert.match((await ask()).text, /^HTTP\/1\.1 503 .*service-busy/s);
	streams[0]?.socket.destroy();
	for (let again = await ask(); !again.text.startsWith('HTTP/1.1 200');) again = await ask();
});
