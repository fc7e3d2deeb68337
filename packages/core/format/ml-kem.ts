import { createPublicKey, type KeyObject } from 'node:crypto';

/** SubjectPublicKeyInfo of id-alg-ml-kem-768 (RFC 9935) up to the key. */
const SPKI_HEAD = Buffer.from('308204b2300b0609608648016503040402038204a100', 'hex');

/** Bytes of ML-KEM-768 (FIPS 203 §8, table 3). */
export const mlKemLength = { publicKey: 1184, ciphertext: 1088, secret: 32, seed: 64 } as const;

/** An ML-KEM-768 encapsulation key, its numbers in range (FIPS 203 §7.2, modulus check); null for anything else. */
export const importMlKemKey = (key: Uint8Array): KeyObject | null => {
	if (key.length !== mlKemLength.publicKey) return null;
	try {
		const found = createPublicKey({ key: Buffer.concat([SPKI_HEAD, key]), format: 'der', type: 'spki' });
		return found.asymmetricKeyType === 'ml-kem-768' ? found : null;
	} catch {
		return null;
	}
};

/** The encapsulation key of a key that {@link importMlKemKey} would give. */
export const mlKemPublicKey = (key: KeyObject): Uint8Array =>
	new Uint8Array(key.export({ type: 'spki', format: 'der' }).subarray(SPKI_HEAD.length));
