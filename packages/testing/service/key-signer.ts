import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import type { Signer } from '@keyward/core/port';

/** Signs with an EC key that a test made, as a {@link Signer}. */
export const signerOf = (key: KeyObject): Signer => ({
	custody: 'software',
	publicKey: new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' })),
	sign: async (bytes) => new Uint8Array(sign('sha256', bytes, key)),
});
