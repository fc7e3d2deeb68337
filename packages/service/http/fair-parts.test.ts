import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { Problem } from '@keyward/core';
import fastify from 'fastify';
import { fairParts, requireFairParts } from './fair-parts.ts';

const sent = async (parts: readonly number[]): Promise<number> => {
	let bytes = 0;
	for await (const part of fairParts(Readable.from(parts.map((length) => Buffer.alloc(length))))) bytes += part.length;
	return bytes;
};

const times = (count: number, length: number): number[] => Array.from({ length: count }, () => length);

test('a short body may come in any parts, a long one in parts of 256 bytes on average', async () => {
	assert.equal(await sent(times(1024, 1)), 1024);
	assert.equal(await sent(times(4000, 256)), 1_024_000);
	assert.equal(await sent([262_144, ...times(2048, 1)]), 264_192);
	const few = (error: unknown): boolean => error instanceof Problem && error.code === 'request-malformed';
	await assert.rejects(sent(times(1029, 1)), few);
	await assert.rejects(sent(times(4000, 128)), few);
});

test('an app gets bodies as they came, and what has none is served', async (t) => {
	const app = fastify();
	t.after(() => app.close());
	requireFairParts(app);
	app.post('/', async ({ body }) => ({ got: body }));
	app.get('/', async () => 'none');
	assert.deepEqual((await app.inject({ method: 'POST', url: '/', payload: { a: 1 } })).json(), { got: { a: 1 } });
	assert.equal((await app.inject({ url: '/' })).body, 'none');
});
