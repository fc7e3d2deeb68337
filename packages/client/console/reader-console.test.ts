import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { after, before, test } from 'node:test';
import { hours, minutes, Problem } from '@keyward/core';
import { createPageTokens } from './page-token.ts';
import { createReaderCalls } from './reader-calls.ts';
import { type PageFile, type PageFiles, type ReaderConsole, serveReaderConsole } from './reader-console.ts';

const file = (type: string): PageFile => ({
	type,
	content: Buffer.from('plain'),
	compressed: () => Buffer.from('small'),
});

const pages: PageFiles = {
	...{ page: file('text/html'), files: new Map([['console.js', file('text/javascript')]]) },
	headers: { 'content-security-policy': "default-src 'none'; frame-ancestors 'none'" },
};

let page: ReaderConsole;
let authority = '';
let signedOut = 0;
const asked: string[] = [];

before(async () => {
	page = await serveReaderConsole({
		pages,
		tokens: createPageTokens(() => Date.now(), hours(8)),
		calls: createReaderCalls(
			{
				call: async (name) => {
					asked.push(name);
					if (name === 'readings.read') throw new Problem('not-authenticated', 'Revoked.');
					return [] as never;
				},
			},
			'desk',
			async () => null,
			() => Date.now(),
		),
		onSignedOut: () => signedOut++,
		report: (error) => assert.fail(String(error)),
	});
	authority = new URL(page.link()).host;
});

after(() => page.close());

interface Sent {
	readonly method?: string;
	readonly token?: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: object | string;
}

const send = async (path: string, { method = 'POST', token, headers = {}, body = {} }: Sent = {}) => {
	const own = method === 'POST' ? { origin: `http://${authority}`, 'keyward-request': '1' } : {};
	const sending = request(`http://${authority}${path}`, {
		...{ method, agent: false },
		headers: { ...own, ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
	});
	const answered = once(sending, 'response') as Promise<[IncomingMessage]>;
	sending.end(method === 'POST' ? (typeof body === 'string' ? body : JSON.stringify(body)) : undefined);
	const [response] = await answered;
	let text = '';
	for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) text += part;
	const code = /"code":"([a-z-]+)"/.exec(text)?.[1] ?? null;
	return { status: response.statusCode, headers: response.headers, text, code };
};

const open = async (): Promise<string> => {
	const { text } = await send('/v1/console/open', { body: { token: page.link().split('=')[1] } });
	return (JSON.parse(text) as { token: string }).token;
};

test('a link opens one page, once, and a later link shuts it', async () => {
	const body = { token: page.link().split('=')[1] };
	const first = await send('/v1/console/open', { body });
	assert.equal(first.status, 200, first.text);
	assert.equal((await send('/v1/console/open', { body })).code, 'not-authenticated', 'a second time');
	const { token } = JSON.parse(first.text) as { token: string };
	const self = await send('/v1/operations/session.self', { token });
	assert.match(self.text, /"person":"desk","role":"reader"/);
	assert.match(self.text, /"readings.read"/);
	page.link();
	assert.equal((await send('/v1/operations/session.self', { token })).code, 'not-authenticated');
});

test('without the token of the page nothing is answered, whatever is asked', async () => {
	await open();
	const before = asked.length;
	for (const token of [undefined, '', 'A'.repeat(43), 'é'])
		assert.equal(
			(await send('/v1/operations/streams.list', token === undefined ? {} : { token: encodeURIComponent(token) })).code,
			'not-authenticated',
		);
	assert.equal(asked.length, before);
});

test('another Host and another Origin are refused, with the token too', async () => {
	const token = await open();
	const port = authority.split(':')[1];
	for (const host of ['evil.example', `evil.example:${port}`, `localhost:${port}`, '127.0.0.1', `127.0.0.1.:${port}`]) {
		assert.equal(
			(await send('/', { method: 'GET', headers: { host, accept: 'text/html' } })).code,
			'request-forged',
			host,
		);
		assert.equal(
			(await send('/v1/operations/streams.list', { token, headers: { host } })).code,
			'request-forged',
			host,
		);
	}
	for (const headers of [
		{ origin: 'https://evil.example' },
		{ origin: 'null' },
		{ origin: `https://${authority}` },
		{ origin: `http://127.0.0.1:1` },
		{ 'keyward-request': '2' },
		{ 'sec-fetch-site': 'cross-site' },
		{ 'sec-fetch-site': 'same-site' },
	])
		assert.equal(
			(await send('/v1/operations/streams.list', { token, headers })).code,
			'request-forged',
			JSON.stringify(headers),
		);
	assert.equal((await send('/v1/operations/streams.list', { token })).status, 200);
});

test('the page may ask what a reader may, and nothing that changes something', async () => {
	const token = await open();
	for (const name of ['grant.add', 'key.register', 'owner.file', 'device.list', 'constructor', 'x'])
		assert.equal((await send(`/v1/operations/${name}`, { token })).code, 'not-granted', name);
	// What the site says is passed on: a page whose reader was revoked goes dark.
	const revoked = await send('/v1/operations/readings.read', { token });
	assert.deepEqual([revoked.status, revoked.code], [401, 'not-authenticated']);
	assert.equal((await send('/v1/operations/streams.list', { token, body: '[' })).code, 'request-malformed');
	assert.equal(
		(await send('/v1/operations/streams.list', { token, body: { x: 'y'.repeat(70_000) } })).code,
		'packet-too-large',
	);
	assert.equal((await send('/v1/owner/files', { method: 'GET', token })).code, 'no-such-thing');
});

test('the page has the headers of the service, and goes dark when it is left', async () => {
	const shown = await send('/streams/hall/p-1/word', { method: 'GET', headers: { accept: 'text/html' } });
	assert.equal(shown.status, 200);
	assert.match(String(shown.headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/);
	assert.equal((await send('/console/console.js', { method: 'GET' })).status, 200);
	assert.equal((await send('/console/../package.json', { method: 'GET' })).code, 'no-such-thing');
	const token = await open();
	const watched = send('/v1/people/session', { method: 'GET', token });
	await send('/v1/operations/session.self', { token });
	await send('/v1/people/sign-out', { token });
	assert.match((await watched).text, /"ended"/);
	assert.equal(signedOut, 1);
	assert.equal((await send('/v1/operations/session.self', { token })).code, 'not-authenticated');
});

test('a link is good for ten minutes, and a page for its time', () => {
	let now = 1_000_000;
	const tokens = createPageTokens(() => now, hours(8));
	const late = tokens.link();
	now += minutes(10);
	assert.equal(tokens.spend(late), null);
	const own = tokens.spend(tokens.link());
	assert.ok(own !== null && tokens.isPage(own));
	now += hours(8) - 1;
	assert.equal(tokens.isPage(own), true);
	now += 1;
	assert.equal(tokens.isPage(own), false);
});
