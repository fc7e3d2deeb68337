import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, decapsulate, encapsulate, type KeyObject } from 'node:crypto';
import { Problem } from '@keyward/core';
import { importMlKemKey, mlKemLength, mlKemPublicKey } from '@keyward/core/format/ml-kem';
import type { Encapsulate, KemKey } from '@keyward/core/port';

/** PKCS #8 of an ML-KEM-768 key as its seed alone (RFC 9935 §6), up to the seed. */
const PKCS8_HEAD = Buffer.from('3054020100300b060960864801650304040204428040', 'hex');

/**
 * The handle of an ML-KEM-768 key in this process's memory, of its 64 bytes of seed (FIPS 203 §7.1: d, then z), which must be
 * random. Throws `Problem('key-file')` for a seed of another length.
 */
export const openKemKey = (seed: Uint8Array): KemKey => {
	if (seed.length !== mlKemLength.seed) throw new Problem('key-file', 'An ML-KEM-768 key is 64 bytes of seed.');
	const pkcs8 = Buffer.concat([PKCS8_HEAD, seed]);
	const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
	pkcs8.fill(0);
	return softwareKemKey(privateKey);
};

/** The handle of an ML-KEM-768 key; a bug for a key of another kind. */
export const softwareKemKey = (privateKey: KeyObject): KemKey => {
	assert(privateKey.asymmetricKeyType === 'ml-kem-768');
	return {
		publicKey: mlKemPublicKey(createPublicKey(privateKey)),
		custody: 'software',
		decapsulate: async (ciphertext) => decapsulated(privateKey, ciphertext),
	};
};

const decapsulated = (privateKey: KeyObject, ciphertext: Uint8Array): Uint8Array => {
	if (ciphertext.length !== mlKemLength.ciphertext) {
		throw new Problem('key-agreement', 'An ML-KEM-768 ciphertext has 1088 bytes.');
	}
	return new Uint8Array(decapsulate(privateKey, ciphertext));
};

export const encapsulateKem: Encapsulate = async (publicKey) => {
	const key = importMlKemKey(publicKey);
	if (key === null) throw new Problem('key-agreement', 'The other key is no ML-KEM-768 key.');
	const { ciphertext, sharedKey } = encapsulate(key);
	return { ciphertext: new Uint8Array(ciphertext), secret: new Uint8Array(sharedKey) };
};
