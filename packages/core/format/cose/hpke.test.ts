import assert from 'node:assert/strict';
import { createHash, createECDH, createPrivateKey, decapsulate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { mlKemLength } from '../ml-kem.ts';
import { decodeCbor } from './cbor.ts';
import { readEncrypt } from './encrypt.ts';
import { bytesHeader, header } from './header.ts';
import { combineSecrets, hpke, hpkeOpen, hpkeSeal } from './hpke.ts';

const vector = JSON.parse(
	readFileSync(new URL('../../../../vectors/seal/hpke-8-ke.json', import.meta.url), 'utf8'),
) as { readonly seed: string; readonly message: string };
const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

/** The secret that the holder of the vector's seed has of an encapsulated key (concrete-hybrid-kems, expandDecapsulationKey). */
const secretOf = (seed: Uint8Array, encapsulated: Uint8Array): Uint8Array => {
	const expanded = createHash('shake256', { outputLength: 64 + 128 })
		.update(seed)
		.digest();
	const pkcs8 = Buffer.concat([
		Buffer.from('3054020100300b060960864801650304040204428040', 'hex'),
		expanded.subarray(0, 64),
	]);
	const mlKem = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
	const ecdh = createECDH('prime256v1');
	ecdh.setPrivateKey(expanded.subarray(64, 96));
	const point = encapsulated.subarray(mlKemLength.ciphertext);
	const first = decapsulate(mlKem, encapsulated.subarray(0, mlKemLength.ciphertext));
	return combineSecrets(first, ecdh.computeSecret(point), point, ecdh.getPublicKey());
};

test('the recipient in the message of the draft for MLKEM768-P256 is opened', () => {
	const message = readEncrypt(decodeCbor(unhex(vector.message)), true);
	const [recipient] = message.recipients;
	assert(recipient !== undefined);
	assert.equal(recipient.headers.protected.get(header.alg), hpke.algorithm);
	const encapsulated = bytesHeader(recipient.headers.unprotected, hpke.encapsulatedKey);
	assert.equal(encapsulated.length, 1153);
	const secret = secretOf(unhex(vector.seed), encapsulated);
	const { protectedBytes } = recipient.headers;
	const cek = hpkeOpen(secret, protectedBytes, recipient.ciphertext);
	assert(cek !== null);
	assert.deepEqual(hpkeSeal(secret, protectedBytes, cek), Buffer.from(recipient.ciphertext));
	assert.equal(cek.length, 32);
	assert.equal(hpkeOpen(secret, Uint8Array.of(...protectedBytes, 0), recipient.ciphertext), null);
});
