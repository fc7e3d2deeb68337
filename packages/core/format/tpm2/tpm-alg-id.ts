import { malformed } from './structure.ts';

/** TPM_ALG_ID (Part 2 §6.3), without the prefix; those that Keyward meets. */
export const TPM_ALG = Object.freeze({
	RSA: 0x0001,
	SHA1: 0x0004,
	HMAC: 0x0005,
	AES: 0x0006,
	MGF1: 0x0007,
	KEYEDHASH: 0x0008,
	SHA256: 0x000b,
	SHA384: 0x000c,
	SHA512: 0x000d,
	NULL: 0x0010,
	RSASSA: 0x0014,
	RSAES: 0x0015,
	RSAPSS: 0x0016,
	OAEP: 0x0017,
	ECDSA: 0x0018,
	ECDH: 0x0019,
	KDF1_SP800_56A: 0x0020,
	KDF2: 0x0021,
	KDF1_SP800_108: 0x0022,
	ECC: 0x0023,
	SYMCIPHER: 0x0025,
	CTR: 0x0040,
	OFB: 0x0041,
	CBC: 0x0042,
	CFB: 0x0043,
	ECB: 0x0044,
} as const);

export type TPM_ALG_ID = number;

const hashes: ReadonlyMap<TPM_ALG_ID, { readonly name: string; readonly size: number }> = new Map([
	[TPM_ALG.SHA1, { name: 'sha1', size: 20 }],
	[TPM_ALG.SHA256, { name: 'sha256', size: 32 }],
	[TPM_ALG.SHA384, { name: 'sha384', size: 48 }],
	[TPM_ALG.SHA512, { name: 'sha512', size: 64 }],
]);

/** The hash's name in node:crypto and its size in bytes. Throws `Problem('tpm-malformed')` for what is no hash here. */
export const hashOf = (algorithm: TPM_ALG_ID): { readonly name: string; readonly size: number } =>
	hashes.get(algorithm) ?? malformed(`TPM algorithm 0x${algorithm.toString(16).padStart(4, '0')} is no known hash`);

/** The largest digest, in bytes. */
export const MAX_DIGEST = 64;
