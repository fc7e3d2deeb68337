import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { encapsulateKem, openKemKey } from './ml-kem.ts';

test('what is encapsulated to an ML-KEM-768 key, its holder has', async () => {
	const seed = randomBytes(64);
	const key = openKemKey(seed);
	assert.equal(key.publicKey.length, 1184);
	const { ciphertext, secret } = await encapsulateKem(key.publicKey);
	assert.deepEqual(await openKemKey(seed).decapsulate(ciphertext), secret);
	assert.notDeepEqual(await openKemKey(randomBytes(64)).decapsulate(ciphertext), secret);
});

test('what is no ML-KEM-768 key or ciphertext is refused', async () => {
	const key = openKemKey(randomBytes(64));
	assert.throws(() => openKemKey(randomBytes(63)), { code: 'key-file' });
	await assert.rejects(key.decapsulate(randomBytes(1087)), { code: 'key-agreement' });
	await assert.rejects(encapsulateKem(randomBytes(1183)), { code: 'key-agreement' });
	// A coefficient of 4095 is beyond the modulus (FIPS 203 §7.2).
	await assert.rejects(encapsulateKem(new Uint8Array(1184).fill(0xff)), { code: 'key-agreement' });
});
