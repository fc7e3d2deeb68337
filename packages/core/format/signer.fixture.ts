import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { Signer } from '../port/signer.ts';

const manufacturers = {
	'P-256': () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
	'P-384': () => generateKeyPairSync('ec', { namedCurve: 'secp384r1' }),
	Ed25519: () => generateKeyPairSync('ed25519'),
} as const;

export interface TestSigner extends Signer {
	readonly privateKey: KeyObject;
}

/** A key that lives as long as its test. */
export const testSigner = (algorithm: keyof typeof manufacturers = 'P-256'): TestSigner => {
	const { publicKey, privateKey } = manufacturers[algorithm]();
	return {
		privateKey,
		publicKey: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })),
		custody: 'software',
		sign: async (bytes) => new Uint8Array(sign(algorithm === 'Ed25519' ? null : 'sha256', bytes, privateKey)),
	};
};
