import { createPublicKey } from 'node:crypto';
import { der, derInteger, derOid } from './der.ts';

const NULL = Uint8Array.of(0x05, 0x00);

const RSA = derOid('1.2.840.113549.1.1.1');
const DSA = derOid('1.2.840.10040.4.1');
const EC = derOid('1.2.840.10045.2.1');

export const curves = {
	'P-256': '1.2.840.10045.3.1.7',
	'P-384': '1.3.132.0.34',
	'P-521': '1.3.132.0.35',
	secp256k1: '1.3.132.0.10',
} as const;

/** Montgomery and Edwards keys (RFC 8410), with the length of a public key in bytes. */
export const octetKeys = {
	X25519: { oid: '1.3.101.110', length: 32 },
	X448: { oid: '1.3.101.111', length: 56 },
	Ed25519: { oid: '1.3.101.112', length: 32 },
	Ed448: { oid: '1.3.101.113', length: 57 },
} as const;

export type OctetKey = keyof typeof octetKeys;

const info = (algorithm: readonly Uint8Array[], key: Uint8Array): Uint8Array =>
	der(0x30, der(0x30, ...algorithm), der(0x03, Uint8Array.of(0), key));

/** SubjectPublicKeyInfo of big-endian numbers (RFC 3279 §2.3.1). Checks nothing: weak keys are what is looked for. */
export const rsaSpki = (modulus: Uint8Array, exponent: Uint8Array): Uint8Array =>
	info([RSA, NULL], der(0x30, derInteger(modulus), derInteger(exponent)));

/** SubjectPublicKeyInfo (RFC 3279 §2.3.2). */
export const dsaSpki = (p: Uint8Array, q: Uint8Array, g: Uint8Array, y: Uint8Array): Uint8Array =>
	info([DSA, der(0x30, derInteger(p), derInteger(q), derInteger(g))], derInteger(y));

/** SubjectPublicKeyInfo of a point as it is encoded (RFC 5480); `parameters` is DER. */
export const ecSpki = (parameters: Uint8Array, point: Uint8Array): Uint8Array => info([EC, parameters], point);

/** SubjectPublicKeyInfo (RFC 8410); null when the length is not that of the kind. */
export const octetSpki = (kind: OctetKey, key: Uint8Array): Uint8Array | null =>
	key.length === octetKeys[kind].length ? info([derOid(octetKeys[kind].oid)], key) : null;

/** SubjectPublicKeyInfo of an uncompressed P-256 point (SEC 1 §2.3.3); null when it is not on the curve. */
export const p256Spki = (point: Uint8Array): Uint8Array | null => {
	if (point.length !== 65 || point[0] !== 4) return null;
	const spki = ecSpki(derOid(curves['P-256']), point);
	try {
		createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
		return spki;
	} catch {
		return null;
	}
};
