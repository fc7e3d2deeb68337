import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { type ErrorCode, Problem } from '@keyward/core';
import { ocspFailure, type OcspRequest } from '@keyward/core/format';
import type { OcspReply } from './ocsp-responder.ts';
import { listenHttp } from './http-listener.ts';
import { type PeerLimits, USUAL_LIMITS } from '../http/peer-timeouts.ts';

const name = 'ab'.repeat(32);
const list = { name, certificate: Uint8Array.of(1, 2), list: Uint8Array.of(3, 4, 5), number: 1, thisUpdate: 0 };
const now = 1_800_000_000_000;

/** An OCSPRequest for serial 77 of nobody, by SHA-1, without a nonce; its base64 has slashes and a plus. */
const question = Buffer.from(
	`30423040303e303c303a300906052b0e03021a05000414${'ffbeff'.repeat(6)}ffbe0414${'00'.repeat(20)}02014d`,
	'hex',
);

const open = async (
	t: TestContext,
	ocsp: (request: OcspRequest) => Promise<OcspReply> = async () => ({
		response: Uint8Array.of(9),
		until: now + 90_500,
	}),
	limits: PeerLimits = USUAL_LIMITS,
) => {
	const refused: ErrorCode[] = [];
	const bugs: string[] = [];
	const lists = new Map([[name, list]]);
	const listener = await listenHttp({
		...{ port: 0, host: '127.0.0.1', lists, ocsp, limits, now: () => now },
		log: { error: (_fields, message) => bugs.push(message) },
		onRefused: (code) => refused.push(code),
	});
	t.after(() => listener.close());
	const call = (method: string, path: string, headers: Record<string, string> = {}, body?: Uint8Array) =>
		new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: Buffer }>((resolve, reject) => {
			// Node's own client leaves the path as it is: fetch would mend it.
			const options = { host: '127.0.0.1', port: listener.port, agent: false, method, path, headers };
			const request = httpRequest(options, (answer) => {
				const parts: Buffer[] = [];
				answer.on('data', (part: Buffer) => parts.push(part));
				answer.on('end', () =>
					resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts) }),
				);
			});
			request.on('error', reject);
			request.end(body);
		});
	return { call, refused, bugs, lists, port: listener.port };
};

test('lists and CA certificates, by the key; kept by caches for a minute, and newer ones at once', async (t) => {
	const { call, lists } = await open(t);
	const got = await call('GET', `/crl/${name}.crl`);
	assert.deepEqual([got.status, [...got.body]], [200, [3, 4, 5]]);
	assert.equal(got.headers['content-type'], 'application/pkix-crl');
	assert.equal(got.headers['cache-control'], 'public, max-age=60');
	const tag = String(got.headers['etag']);
	assert.equal((await call('GET', `/crl/${name}.crl`, { 'if-none-match': tag })).status, 304);
	for (const header of ['*', ` * `, `W/${tag}`, `"other", ${tag}`, `W/"other",W/${tag}`]) {
		assert.equal((await call('GET', `/crl/${name}.crl`, { 'if-none-match': header })).status, 304, header);
	}
	for (const header of ['"other"', `${tag.slice(0, -2)}"`, '"*"', `W/`]) {
		assert.equal((await call('GET', `/crl/${name}.crl`, { 'if-none-match': header })).status, 200, header);
	}
	const head = await call('HEAD', `/crl/${name}.crl`);
	assert.deepEqual([head.status, head.headers['content-length'], head.body.length], [200, '3', 0]);
	const certificate = await call('GET', `/ca/${name}.cer`);
	assert.deepEqual([certificate.headers['content-type'], [...certificate.body]], ['application/pkix-cert', [1, 2]]);
	lists.set(name, { ...list, list: Uint8Array.of(6) });
	assert.deepEqual([...(await call('GET', `/crl/${name}.crl`, { 'if-none-match': tag })).body], [6]);
});

test('RFC 9112 section 3.2: two Host headers are refused', async (t) => {
	const { port, refused } = await open(t);
	const socket = connect(port, '127.0.0.1');
	socket.end(`GET /crl/${name}.crl HTTP/1.1\r\nHost: here\r\nhost: there\r\nConnection: close\r\n\r\n`);
	assert.match(await text(socket), /^HTTP\/1\.1 400 [\s\S]*2 Host headers/);
	assert.deepEqual(refused, ['request-malformed']);
	for (const host of ['', 'a b', 'a/@c', 'a:port', '[::1']) {
		const odd = connect(port, '127.0.0.1');
		odd.end(`GET /crl/${name}.crl HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
		assert.match(await text(odd), /^HTTP\/1\.1 400 [\s\S]*Host header is no host/, host);
	}
	for (const host of ['here', 'here:8080', '[::1]:80', '127.0.0.1', 'under_score.example']) {
		const good = connect(port, '127.0.0.1');
		good.end(`GET /crl/${name}.crl HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
		assert.match(await text(good), /^HTTP\/1\.1 200 /, host);
	}
});

test('nothing else is here: no other path, method or name, and each is counted', async (t) => {
	const { call, refused } = await open(t);
	const paths = ['/', '/crl/', `/crl/${name}`, `/crl/${name}.cer`, `/crl/${'cd'.repeat(32)}.crl`, '/healthz'];
	for (const path of [...paths, '/crl/..%2f..%2fkeys', '/v1/openapi.json', '/.well-known/est/cacerts', '/ocsp']) {
		assert.equal((await call('GET', path)).status, 404, path);
	}
	assert.equal((await call('POST', `/crl/${name}.crl`)).status, 404);
	assert.equal((await call('GET', `/crl/${'a'.repeat(200)}.crl`)).status, 404);
	assert.deepEqual(new Set(refused), new Set(['no-such-thing']));
	assert.equal(refused.length, paths.length + 6);
});

test('OCSP by POST and by GET, with slashes escaped or bare; only what was asked by GET without a nonce is for caches', async (t) => {
	const asked: OcspRequest[] = [];
	const { call } = await open(t, async (request) => {
		asked.push(request);
		return { response: Uint8Array.of(9), until: request.nonce === null ? now + 90_500 : null };
	});
	const posted = await call('POST', '/ocsp', { 'content-type': 'application/ocsp-request' }, question);
	assert.deepEqual([posted.status, [...posted.body]], [200, [9]]);
	assert.equal(posted.headers['content-type'], 'application/ocsp-response');
	assert.equal(posted.headers['cache-control'], 'no-store');
	const text = question.toString('base64');
	assert.match(text, /\/.*\+|\+.*\//);
	for (const path of [text, encodeURIComponent(text)]) {
		const got = await call('GET', `/ocsp/${path}`);
		assert.deepEqual([got.status, [...got.body]], [200, [9]]);
		assert.equal(got.headers['cache-control'], 'public, no-transform, must-revalidate, max-age=90');
		assert.equal(got.headers['expires'], new Date(now + 90_000).toUTCString());
	}
	assert.deepEqual(
		asked.map(({ certificates: [id], nonce }) => [id?.serial, id?.hash, nonce]),
		Array.from({ length: 3 }, () => ['4d', 'sha1', null]),
	);
});

test('a bad question is answered in OCSP itself, an oversize one by HTTP, and a bug by internalError', async (t) => {
	let failure: Error = new Error('a bug');
	const { call, refused, bugs } = await open(t, async () => {
		throw failure;
	});
	const malformed = [...ocspFailure('malformedRequest')];
	for (const body of [new Uint8Array(), Uint8Array.of(0x30, 0x00), question.subarray(1), Buffer.from('hello')])
		assert.deepEqual([...(await call('POST', '/ocsp', {}, body)).body], malformed);
	for (const path of ['/ocsp/AAAA', '/ocsp/not base64'.replace(' ', '%20'), '/ocsp/'])
		assert.deepEqual([...(await call('GET', path)).body], malformed, path);
	assert.deepEqual(
		refused,
		Array.from({ length: 7 }, () => 'request-malformed'),
	);
	assert.equal((await call('GET', '/ocsp/%%%')).status, 400);
	assert.equal((await call('POST', '/ocsp', {}, new Uint8Array(4097))).status, 413);
	assert.equal(refused.at(-1), 'packet-too-large');
	assert.deepEqual(bugs, []);
	assert.deepEqual([...(await call('POST', '/ocsp', {}, question)).body], [...ocspFailure('internalError')]);
	assert.deepEqual(bugs, ['no OCSP answer']);
	failure = new Problem('token-absent', 'the token of the CA was pulled out');
	assert.deepEqual([...(await call('POST', '/ocsp', {}, question)).body], [...ocspFailure('tryLater')]);
	assert.deepEqual([refused.at(-1), bugs.length], ['token-absent', 1]);
});

test('more questions than the committer should have waiting are told to come again', async (t) => {
	const gate = Promise.withResolvers<OcspReply>();
	const { call, refused } = await open(t, () => gate.promise);
	const waiting = Array.from({ length: 32 }, () => call('POST', '/ocsp', {}, question));
	let told = await call('POST', '/ocsp', {}, Uint8Array.of(0));
	// The others may still be on their way.
	while (told.body.at(-1) !== 3)
		told = await Promise.race([call('POST', '/ocsp', {}, question), gate.promise.then(() => told)]);
	assert.deepEqual([...told.body], [...ocspFailure('tryLater')]);
	assert.equal(refused.at(-1), 'service-busy');
	gate.resolve({ response: Uint8Array.of(9), until: null });
	for (const { body } of await Promise.all(waiting)) assert.ok(body[0] === 9);
});

test('a peer that sends nothing, or half a request, is let go', async (t) => {
	const short = { ...USUAL_LIMITS, headers: 200, request: 300, idle: 20_000 };
	const { port, refused } = await open(t, undefined, short);
	for (const said of [
		'GET /crl/x HTTP/1.1\r\nHost:',
		'POST /ocsp HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n0',
		'nonsense\r\n\r\n',
	]) {
		const socket = connect(port, '127.0.0.1');
		socket.on('error', () => {});
		socket.resume();
		socket.write(said);
		await once(socket, 'close', { signal: AbortSignal.timeout(120_000) });
	}
	assert.deepEqual(refused.slice(0, 3), ['peer-too-slow', 'peer-too-slow', 'request-malformed']);
});
