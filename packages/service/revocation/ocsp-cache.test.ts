import assert from 'node:assert/strict';
import { test } from 'node:test';
import { minutes } from '@keyward/core';
import type { CertId, OcspRequest } from '@keyward/core/format';
import { createOcspCache } from './ocsp-cache.ts';

const idOf = (byte: number): CertId => ({
	der: Uint8Array.of(byte),
	hash: 'sha1',
	issuerName: new Uint8Array(),
	issuerKey: new Uint8Array(),
	serial: String(byte),
});
const about = (byte: number, nonce: Uint8Array | null = null): OcspRequest => ({ certificates: [idOf(byte)], nonce });

test('the same question without a nonce is asked once a minute, and again after a revocation', async () => {
	let time = 1_000_000;
	let asked = 0;
	const cache = createOcspCache(
		async () => ({ response: Uint8Array.of(++asked), until: time + minutes(60) }),
		() => time,
	);
	const answer = async (request: OcspRequest) => (await cache.ask(request)).response[0];
	assert.deepEqual([await answer(about(1)), await answer(about(1)), await answer(about(2))], [1, 1, 2]);
	assert.equal(await answer(about(1, Uint8Array.of(7))), 3, 'a nonce wants an answer of now');
	cache.forget();
	assert.deepEqual([await answer(about(1)), await answer(about(1))], [4, 4]);
	time += minutes(1);
	assert.equal(await answer(about(1)), 5);
});

test('an answer that was under way when a certificate was revoked is not kept', async () => {
	const answers = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
	let asked = 0;
	const cache = createOcspCache(
		async () => {
			const number = asked++;
			await answers[number]?.promise;
			return { response: Uint8Array.of(number), until: 10 };
		},
		() => 0,
	);
	const first = cache.ask(about(1));
	cache.forget();
	answers[0]?.resolve();
	assert.deepEqual([...(await first).response], [0]);
	answers[1]?.resolve();
	assert.deepEqual([...(await cache.ask(about(1))).response], [1]);
});
