import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ErrorCode, Problem } from '@keyward/core';
import { connectLocal, connectRemote } from './client.ts';

const name = { application: 'a', device: 'd', stream: 's' };
const failsAs =
	(code: ErrorCode, detail = /./) =>
	(error: unknown): boolean =>
		error instanceof Problem && error.code === code && detail.test(error.detail);

const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
	const found: T[] = [];
	for await (const item of items) found.push(item);
	return found;
};

let folder: string;
let server: Server;
let answer: RequestListener = () => {};

before(async () => {
	folder = await mkdtemp(join(tmpdir(), 'kw-'));
	server = createServer((request, response) => answer(request, response)).listen(join(folder, 'keyward.sock'));
	await once(server, 'listening');
});

after(async () => {
	server.close();
	server.closeAllConnections();
	await rm(folder, { recursive: true });
});

const at = (position: number): string => `0123456789-${position}`;
const event = (cursor: number): string =>
	`id: ${at(cursor)}\ndata: ${JSON.stringify({ cursor: at(cursor), time: cursor * 1000, value: cursor, unit: 'V' })}\n\n`;

test('a call carries its input and gives the output; failures carry their code', async () => {
	const client = connectLocal(folder);
	answer = (request, response) => {
		let body = '';
		request.setEncoding('utf8').on('data', (text: string) => (body += text));
		request.on('end', () => response.end(JSON.stringify({ ended: true, cut: 0, path: request.url, body })));
	};
	assert.deepEqual(await client.call('grant.end', { id: 'g' }), {
		ended: true,
		cut: 0,
		path: '/v1/operations/grant.end',
		body: '{"id":"g"}',
	});
	answer = (_request, response) =>
		response.writeHead(404).end('{"code":"grant-unknown","detail":"There is no grant g."}');
	await assert.rejects(client.call('grant.end', { id: 'g' }), failsAs('grant-unknown', /no grant g/));
	// Of a proxy on the way, or of a newer service: the status says what it can.
	for (const [status, text, code] of [
		[502, '<html>', 'site-unreachable'],
		[400, '{"code":"never-heard-of","detail":"x"}', 'request-malformed'],
		[500, '', 'internal'],
		[301, '', 'site-unreachable'],
	] as const) {
		answer = (_request, response) => response.writeHead(status, { location: '/elsewhere' }).end(text);
		await assert.rejects(client.call('grant.end', { id: 'g' }), failsAs(code, new RegExp(String(status))));
	}
	answer = (_request, response) => response.end('not json');
	await assert.rejects(client.call('grant.end', { id: 'g' }), failsAs('internal'));
	answer = (request) => request.socket.destroy();
	await assert.rejects(client.call('grant.end', { id: 'g' }), failsAs('site-unreachable'));
	client.close();
});

test('a call whose answer is lost is sent again, once, as the same call', async () => {
	const client = connectLocal(folder);
	const keys: unknown[] = [];
	answer = (request, response) => {
		keys.push(request.headers['idempotency-key']);
		if (keys.length === 1) request.socket.destroy();
		else response.end('{"ended":true,"cut":0}');
	};
	assert.equal((await client.call('grant.end', { id: 'g' })).ended, true);
	assert.equal(keys.length, 2);
	assert.match(String(keys[0]), /^"[\da-f-]{36}"$/);
	assert.equal(keys[1], keys[0]);
	await client.call('grant.end', { id: 'g' });
	assert.notEqual(keys[2], keys[0], 'another call is another');
	answer = (request) => {
		keys.push(null);
		request.socket.destroy();
	};
	await assert.rejects(
		client.call('grant.end', { id: 'g' }),
		failsAs('site-unreachable', /grant\.end was under way: it may be done/),
	);
	assert.equal(keys.length, 5);
	client.close();
});

test('where no site runs, the error says what to do', async () => {
	const client = connectLocal(join(folder, 'none'));
	await assert.rejects(
		client.call('site.status', {}),
		failsAs('site-unreachable', /keyward serve.*--data.*KEYWARD_DATA/),
	);
	await assert.rejects(all(client.readings(name)), failsAs('site-unreachable'));
	const remote = connectRemote({ url: 'https://127.0.0.1:1', certificate: '', key: '', serviceCa: '' });
	await assert.rejects(remote.call('streams.list', {}), failsAs('site-unreachable', /127\.0\.0\.1:1/));
	assert.throws(
		() => connectRemote({ url: 'http://127.0.0.1:1', certificate: '', key: '', serviceCa: '' }),
		failsAs('request-malformed'),
	);
});

test('readings resume after the last cursor whenever the connection breaks, each once and in order, until access ends', async () => {
	const client = connectLocal(folder);
	const asked: string[] = [];
	const answers: RequestListener[] = [
		(_request, response) => {
			response.writeHead(200, { 'content-type': 'text/event-stream' }).write(event(1) + event(2));
			setTimeout(() => response.destroy(), 30);
		},
		(request) => request.socket.destroy(),
		(_request, response) => response.writeHead(503).end('{"code":"store-failed","detail":"busy"}'),
		// Cut in the middle of an event, and a cursor given before.
		(_request, response) => response.writeHead(200).end(event(2) + event(3) + event(4).slice(0, 12)),
		(_request, response) =>
			response.writeHead(200).end(`${event(4)}event: end\ndata: {"code":"not-granted","detail":"over"}\n\n`),
	];
	answer = (request, response) => {
		asked.push(request.url ?? '');
		answers.shift()?.(request, response);
	};
	const seen: string[] = [];
	await assert.rejects(
		async () => {
			for await (const { cursor } of client.readings(name)) seen.push(cursor);
		},
		failsAs('not-granted', /over/),
	);
	assert.deepEqual(seen, [1, 2, 3, 4].map(at));
	assert.deepEqual(
		asked,
		['0', ...[2, 2, 2, 3].map(at)].map((cursor) => `/v1/readings/a/d/s?after=${cursor}`),
	);
	client.close();
});

test('a refusal at the start is thrown at once, and an abort ends the readings quietly', async () => {
	const client = connectLocal(folder);
	answer = (_request, response) => response.writeHead(403).end('{"code":"not-granted","detail":"no"}');
	await assert.rejects(all(client.readings(name)), failsAs('not-granted'));
	answer = (_request, response) => void response.writeHead(200).write(event(6));
	const stop = new AbortController();
	const seen: string[] = [];
	for await (const { cursor } of client.readings(name, { after: at(5), signal: stop.signal })) {
		seen.push(cursor);
		setTimeout(() => stop.abort(), 20);
	}
	assert.deepEqual(seen, [at(6)]);
	client.close();
});
