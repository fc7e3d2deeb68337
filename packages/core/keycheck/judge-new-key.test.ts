import assert from 'node:assert/strict';
import { createECDH, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Problem } from '../problem/problem.ts';
import { keyHash } from './fingerprint.ts';
import { judgeNewKey } from './judge-new-key.ts';
import { curveSpki, healthyModulus, P256, prime, rsaSpki } from './keycheck.fixture.ts';
import { readPublishedKeys } from './published-keys.ts';

const published = readPublishedKeys(
	JSON.parse(readFileSync(new URL('published-device-keys.json', import.meta.url), 'utf8')) as unknown,
);

test('the list of published keys is whole', () => {
	assert.equal(published.size, 566);
	const widest = [...published.values()].toSorted((a, b) => b.products - a.products)[0];
	assert.deepEqual(widest, { type: 'rsa', bits: 1024, products: 414, vendors: 32 });
});

test('a damaged list of published keys is refused', () => {
	const entry = { spkiSha256: 'ab'.repeat(32), type: 'rsa', bits: 1, products: 1, vendors: 1 };
	assert.equal(readPublishedKeys({ keys: [entry] }).size, 1);
	for (const bad of [
		null,
		5,
		{},
		{ keys: 5 },
		{ keys: [null] },
		{ keys: [{ ...entry, spkiSha256: 'AB' }] },
		{ keys: [{ ...entry, bits: '1' }] },
	]) {
		assert.throws(
			() => readPublishedKeys(bad),
			(error) => error instanceof Problem && error.code === 'file-unreadable',
		);
	}
});

test('a published key is refused by that name, a sound one is not', () => {
	const spki = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'der' });
	assert.equal(judgeNewKey(spki, published), null);
	const known = new Map([[keyHash(spki), { type: 'ec', bits: 256, products: 3, vendors: 1 }]]);
	assert.deepEqual(
		[judgeNewKey(spki, known)].map((one) => [one?.code, one?.requirement]),
		[['key-published', 'unique-key']],
	);
	assert.equal(
		judgeNewKey(generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }), published),
		null,
	);
	assert.equal(judgeNewKey(rsaSpki(healthyModulus()), published), null);
});

test('keys that can be computed are refused', () => {
	const p = prime(1024);
	const damaged = createECDH('prime256v1').generateKeys();
	damaged[40] = (damaged[40] ?? 0) ^ 1;
	const one = createECDH('prime256v1');
	one.setPrivateKey(Buffer.alloc(32, 1));
	const guessed = curveSpki(P256, one.getPublicKey());
	for (const spki of [guessed, rsaSpki(p * p), rsaSpki(healthyModulus() * 3n), curveSpki(P256, damaged)]) {
		const refusal = judgeNewKey(spki, published);
		assert.deepEqual([refusal?.code, refusal?.requirement], ['csr-key', 'key-strength']);
	}
});
