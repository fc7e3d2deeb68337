import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';

/** What a check of a ledger's proof takes of `node:crypto`, in a browser. */

export const hash = (name: string, data: Uint8Array): Uint8Array => {
	if (name !== 'sha256') throw new Error(`there is no ${name} here`);
	return sha256(data);
};

/** An Ed25519 key: its SubjectPublicKeyInfo ends in it (RFC 8410 §4). */
export const createPublicKey = ({ key }: { readonly key: Uint8Array }): Uint8Array => key.slice(-32);

/** RFC 8032 §5.1.7, as Node's: not by the looser rule of ZIP 215. */
export const verify = (_: null, text: Uint8Array, key: Uint8Array, signature: Uint8Array): boolean =>
	ed25519.verify(signature, text, key, { zip215: false });

const absent = (): never => {
	throw new Error('it is not here');
};

/** The site's alone: nothing here makes a leaf. */
export const createHmac = absent;
export const createSecretKey = absent;
export const timingSafeEqual = absent;

export default {};
