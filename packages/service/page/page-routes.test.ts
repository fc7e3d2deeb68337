import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fastify } from 'fastify';
import { pageRoutes } from './page-routes.ts';

test('the page is asked for again, and its files, whose address has their version, are kept', async () => {
	const app = fastify();
	pageRoutes(app);
	const get = (url: string, headers: Readonly<Record<string, string>> = {}) =>
		app.inject({ method: 'GET', url, headers: { accept: 'text/html', ...headers } });
	const page = await get('/');
	assert.equal(page.headers['cache-control'], 'no-cache');
	const { etag = '' } = page.headers;
	const again = await get('/fleet', { 'if-none-match': etag });
	assert.deepEqual([again.statusCode, again.body], [304, '']);
	assert.equal((await get('/', { 'if-none-match': '"another"' })).statusCode, 200);
	const addresses = [...page.body.matchAll(/(?:href|src)="(\/console\/[^"]+)"/g)].map(([, address = '']) => address);
	assert.equal(addresses.length, 3);
	for (const address of addresses) {
		const { statusCode, headers } = await get(address);
		assert.equal(statusCode, 200, address);
		assert.match(String(headers['cache-control']), /immutable/);
		assert.match(String(headers['content-security-policy']), /script-src 'self'/);
	}
	// What an open page of before would fetch: nothing of another version is given for it.
	const [icon = ''] = addresses;
	assert.equal((await get(icon.replace(/console\/[^/]+/, 'console/AAAAAAAAAAAAAAAA'))).statusCode, 404);
	assert.equal((await get('/console/console.js')).statusCode, 404);
	await app.close();
});

test('a browser at an address that leads nowhere gets the page, which says so, with 404; programs do not', async () => {
	const app = fastify();
	let show: ReturnType<typeof pageRoutes> | null = null;
	app.setNotFoundHandler((request, reply) => {
		if (show?.(request, reply) !== true) void reply.code(404).send({ code: 'no-such-thing' });
	});
	show = pageRoutes(app);
	const ask = async (url: string, accept: string, method: 'GET' | 'POST' = 'GET') => {
		const { statusCode, headers } = await app.inject({ method, url, headers: { accept } });
		assert.equal(statusCode, 404);
		const type = String(headers['content-type']).split(';')[0];
		assert.equal('content-security-policy' in headers, type === 'text/html');
		return type;
	};
	assert.equal(await ask('/nowhere', 'text/html,*/*;q=0.8'), 'text/html');
	assert.equal(await ask('/fleet/of/nobody?x=1', 'text/html'), 'text/html');
	assert.equal(await ask('/nowhere', '*/*'), 'application/json');
	assert.equal(await ask('/nowhere', 'text/html', 'POST'), 'application/json');
	for (const url of ['/v1/nowhere', '/console/nowhere.js', '/.well-known/nowhere'])
		assert.equal(await ask(url, 'text/html'), 'application/json', url);
	await app.close();
});
