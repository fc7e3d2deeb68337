import { createPrivateKey, createPublicKey } from 'node:crypto';
import {
	childrenOf,
	type DerValue,
	headerAndContents,
	magnitudeOf,
	oidOf,
	readValue,
	smallOf,
	stringOf,
} from './der.ts';
import { dsaSpki, ecSpki, rsaSpki } from './spki.ts';

/** DER of what the types of keys of RFC 8410 begin with. */
const EDWARDS_TYPE = Buffer.from('300506032b65', 'hex');

/** Beyond this a key other than RSA is made to waste time, not to be used. */
const LONGEST = 16_384;

type Read = (bytes: Uint8Array, parts: readonly DerValue[]) => Uint8Array | null;

/** RSAPrivateKey (RFC 8017 A.1.2). Its public half as SubjectPublicKeyInfo; null for another shape. */
export const pkcs1Public: Read = (bytes, parts) => {
	if (parts.length < 9 || !parts.slice(0, 9).every(({ tag }) => tag === 0x02) || (smallOf(bytes, parts[0]) ?? 2) > 1)
		return null;
	const [modulus, exponent] = [magnitudeOf(bytes, parts[1]), magnitudeOf(bytes, parts[2])];
	return modulus === null || exponent === null || modulus.length < 8 ? null : rsaSpki(modulus, exponent);
};

/** The DSA private key of OpenSSL: 0, p, q, g, y, x. */
export const dsaPublic: Read = (bytes, parts) => {
	if (parts.length !== 6 || !parts.every(({ tag }) => tag === 0x02) || smallOf(bytes, parts[0]) !== 0) return null;
	const numbers = parts.map((part) => magnitudeOf(bytes, part));
	const [, p, q, g, y] = numbers;
	if (!p || !q || !g || !y || p.length < 32 || q.length < 16) return null;
	return dsaSpki(p, q, g, y);
};

/** ECPrivateKey (RFC 5915 §3) that names its curve. */
export const sec1Public: Read = (bytes, parts) => {
	if (smallOf(bytes, parts[0]) !== 1 || parts[1]?.tag !== 0x04 || parts[1].end - parts[1].contents > 66) return null;
	const parameters = parts.find(({ tag }) => tag === 0xa0);
	const [named] = parameters === undefined ? [] : (childrenOf(bytes, parameters) ?? []);
	if (named === undefined || (named.tag !== 0x06 && named.tag !== 0x30)) return null;
	return ecPublic(bytes, parts, headerAndContents(bytes, named)) ?? byOpenSsl(bytes, 'sec1');
};

const ecPublic = (bytes: Uint8Array, parts: readonly DerValue[], curve: Uint8Array): Uint8Array | null => {
	const field = parts.find(({ tag }) => tag === 0xa1);
	const [point] = field === undefined ? [] : (childrenOf(bytes, field) ?? []);
	const octets = stringOf(bytes, point);
	return octets === null || octets.length < 2 ? null : ecSpki(curve, octets);
};

/** PrivateKeyInfo, OneAsymmetricKey (RFC 5958 §2). Null for another shape, or a kind of key that nobody here knows. */
export const pkcs8Public: Read = (bytes, parts) => {
	const [version, algorithm, key] = parts;
	if ((smallOf(bytes, version) ?? 2) > 1 || algorithm?.tag !== 0x30 || key?.tag !== 0x04) return null;
	const [type, parameters] = childrenOf(bytes, algorithm) ?? [];
	const oid = oidOf(bytes, type);
	const inner = stringOf(bytes, key);
	if (oid === null || inner === null) return null;
	// Programs keep the heads of keys of RFC 8410 one behind the other: what follows a head there is the next, and no seed.
	if (oid.startsWith('1.3.101.') && Buffer.from(inner).includes(EDWARDS_TYPE, 2)) return null;
	const outer = readValue(inner, 0, inner.length);
	const fields = outer?.tag === 0x30 ? (childrenOf(inner, outer) ?? []) : [];
	if (oid.startsWith('1.2.840.113549.1.1.')) return pkcs1Public(inner, fields);
	if (oid === '1.2.840.10045.2.1' && parameters !== undefined) {
		const spki = ecPublic(inner, fields, headerAndContents(bytes, parameters));
		if (spki !== null) return spki;
	}
	return byOpenSsl(bytes, 'pkcs8');
};

const byOpenSsl = (der: Uint8Array, type: 'pkcs8' | 'sec1'): Uint8Array | null => {
	if (der.length > LONGEST) return null;
	try {
		const key = createPrivateKey({ key: Buffer.from(der), format: 'der', type });
		return new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }));
	} catch {
		return null;
	}
};

/**
 * True where the seed of a key of RFC 8410 is letters, as where a program keeps such a head before its messages: no octet above 127 is
 * in one random seed of 2^32.
 */
export const isHeadOfText = (der: Uint8Array): boolean => {
	const bytes = Buffer.from(der);
	const seed = bytes.subarray(16);
	return (
		bytes.indexOf(EDWARDS_TYPE) === 5 &&
		seed.every((octet) => octet < 128) &&
		seed.filter((octet) => octet === 32 || octet > 64).length >= 12
	);
};

/** Whatever private key this DER value is; null when it is not one. */
export const publicOfPrivate = (der: Uint8Array): Uint8Array | null => {
	const outer = readValue(der, 0, der.length);
	const parts = outer?.tag === 0x30 ? childrenOf(der, outer) : null;
	if (parts === null || parts[0]?.tag !== 0x02) return null;
	return pkcs1Public(der, parts) ?? dsaPublic(der, parts) ?? sec1Public(der, parts) ?? pkcs8Public(der, parts);
};
