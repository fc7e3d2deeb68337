import assert from 'node:assert/strict';
import { createECDH, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { keyHash } from './fingerprint.ts';
import { judgeNewKey } from './judge-new-key.ts';
import { curveSpki, healthyModulus, P256, prime, rsaSpki } from './keycheck.fixture.ts';
import { readPublishedKeys } from './published-keys.ts';

const published = readPublishedKeys(readFileSync(new URL('published-keys.bin', import.meta.url)));

test('a published key is refused by that name, a sound one is not', () => {
	const spki = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'der' });
	assert.equal(judgeNewKey(spki, published), null);
	const known = new Map([
		[keyHash(spki), { kind: 'product' as const, where: 'in the firmware of 3 products', cve: null }],
	]);
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
