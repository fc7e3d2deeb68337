import { derChildren, requireDer } from '../format/der.ts';
import { bytes } from '../units/bytes.ts';
import { type CurveName, curveNames } from './curve-name.ts';
import { fromBytes } from '../format/integer.ts';

/** The numbers of a public key. */
export type PublicKeyValue = RsaKey | CurveKey | OtherKey;

export interface RsaKey {
	readonly kind: 'rsa';
	/** Above 1. */
	readonly modulus: bigint;
	/** At least 0. */
	readonly exponent: bigint;
}

export interface CurveKey {
	readonly kind: 'curve';
	/** Null for a curve by explicit parameters or of an unknown OID. */
	readonly curve: CurveName | null;
	/** The ECPoint (SEC 1 §2.3.3), or the key of RFC 8410, as it stands. */
	readonly point: Uint8Array;
}

/** A key of another algorithm, or nothing that can be read as a key. */
export interface OtherKey {
	readonly kind: 'other';
	/** In words. */
	readonly algorithm: string;
	/** True for algorithms that need no more scrutiny here. */
	readonly sound: boolean;
}

const SPKI_LIMIT = bytes(16_384);
const [INTEGER, BIT_STRING, OBJECT_IDENTIFIER, SEQUENCE] = [0x02, 0x03, 0x06, 0x30];

const RSA: readonly string[] = ['1.2.840.113549.1.1.1', '1.2.840.113549.1.1.10', '1.2.840.113549.1.1.7'];
const EC: readonly string[] = ['1.2.840.10045.2.1', '1.3.132.1.12', '1.3.132.1.13'];

const others: ReadonlyMap<string, OtherKey> = new Map(
	(
		[
			['1.2.840.10040.4.1', 'DSA', false],
			['1.2.840.113549.1.3.1', 'Diffie-Hellman (PKCS #3)', false],
			['1.2.840.10046.2.1', 'Diffie-Hellman (X9.42)', false],
			['1.2.643.7.1.1.1.1', 'GOST R 34.10-2012', false],
			['1.2.643.2.2.19', 'GOST R 34.10-2001', false],
			['2.16.840.1.101.3.4.3.17', 'ML-DSA-44', true],
			['2.16.840.1.101.3.4.3.18', 'ML-DSA-65', true],
			['2.16.840.1.101.3.4.3.19', 'ML-DSA-87', true],
			['2.16.840.1.101.3.4.4.1', 'ML-KEM-512', true],
			['2.16.840.1.101.3.4.4.2', 'ML-KEM-768', true],
			['2.16.840.1.101.3.4.4.3', 'ML-KEM-1024', true],
		] as const
	).map(([oid, algorithm, sound]) => [oid, { kind: 'other', algorithm, sound }]),
);

const unreadable: OtherKey = { kind: 'other', algorithm: 'of no readable form', sound: false };

/** What a SubjectPublicKeyInfo holds. Never throws: what cannot be read is a key of another kind. */
export const readPublicKey = (spki: Uint8Array): PublicKeyValue => {
	try {
		requireDer(spki, SPKI_LIMIT, 'request-malformed');
		const [algorithm, key] = children(spki, SEQUENCE);
		const [identifier, parameters] = children(algorithm, SEQUENCE);
		const oid = readOid(identifier);
		const octets = contents(key, BIT_STRING).subarray(1);
		if (RSA.includes(oid)) return readRsa(octets);
		const curve = curveNames.get(oid);
		if (curve !== undefined) return { kind: 'curve', curve, point: octets.slice() };
		if (EC.includes(oid)) {
			const named = parameters?.[0] === OBJECT_IDENTIFIER ? curveNames.get(readOid(parameters)) : undefined;
			return { kind: 'curve', curve: named ?? null, point: octets.slice() };
		}
		return others.get(oid) ?? { kind: 'other', algorithm: `of the unknown algorithm ${oid}`, sound: false };
	} catch {
		return unreadable;
	}
};

const readRsa = (octets: Uint8Array): PublicKeyValue => {
	requireDer(octets, SPKI_LIMIT, 'request-malformed');
	const [modulus, exponent] = children(octets, SEQUENCE).map((value) => {
		const digits = contents(value, INTEGER);
		return (digits[0] ?? 0x80) >= 0x80 ? -1n : fromBytes(digits);
	});
	if (modulus === undefined || exponent === undefined || modulus <= 1n || exponent < 0n) return unreadable;
	return { kind: 'rsa', modulus, exponent };
};

/** The contents of a DER value with this tag. Throws `TypeError` for another tag or none. */
const contents = (der: Uint8Array | undefined, tag: number): Uint8Array => {
	if (der?.[0] !== tag) throw new TypeError('another value was expected');
	const first = der[1] ?? 0;
	return der.subarray(first < 0x80 ? 2 : 2 + (first & 0x7f));
};

const children = (der: Uint8Array | undefined, tag: number): Uint8Array[] => {
	contents(der, tag);
	return der === undefined ? [] : derChildren(der);
};

const readOid = (der: Uint8Array | undefined): string => {
	const arcs: bigint[] = [];
	let arc = 0n;
	for (const octet of contents(der, OBJECT_IDENTIFIER)) {
		arc = (arc << 7n) | BigInt(octet & 0x7f);
		if (octet < 0x80) {
			arcs.push(arc);
			arc = 0n;
		}
	}
	const first = arcs[0] ?? 0n;
	const root = first < 40n ? 0n : first < 80n ? 1n : 2n;
	return [root, first - root * 40n, ...arcs.slice(1)].join('.');
};
