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
