import { createPrivateKey, createPublicKey } from 'node:crypto';

/** SubjectPublicKeyInfo of the public half (RFC 8410) of 32 octets. */
export const publicOf = (kind: 'X25519' | 'Ed25519', seed: Buffer): Uint8Array => {
	const prefix = kind === 'X25519' ? '302e020100300506032b656e04220420' : '302e020100300506032b657004220420';
	const key = createPrivateKey({
		key: Buffer.concat([Buffer.from(prefix, 'hex'), seed]),
		format: 'der',
		type: 'pkcs8',
	});
	return new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }));
};

/** The 32 octets of Ed25519's public half. */
export const edwardsPublicOf = (seed: Buffer): Buffer => Buffer.from(publicOf('Ed25519', seed)).subarray(-32);
