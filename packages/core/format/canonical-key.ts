import { bytes } from '../units/bytes.ts';
import { type Curve, curves } from './curve.ts';
import { isOnCurve, readPoint } from './curve-point.ts';
import { derChildren, requireDer } from './der.ts';
import { derBits, derContents, derInteger, derNull, derOid, derSequence, readDerOid } from './der-types.ts';

const SPKI_LIMIT = bytes(16_384);
const [INTEGER, BIT_STRING, OCTET_STRING, OBJECT_IDENTIFIER, SEQUENCE] = [0x02, 0x03, 0x04, 0x06, 0x30];

/** rsaEncryption, and the two that say beside the key how it is to be used (RFC 4055 §1.2). */
const RSA: readonly string[] = ['1.2.840.113549.1.1.1', '1.2.840.113549.1.1.10', '1.2.840.113549.1.1.7'];
/** id-ecPublicKey, id-ecDH, id-ecMQV (RFC 5480 §2.1). */
const EC: readonly string[] = ['1.2.840.10045.2.1', '1.3.132.1.12', '1.3.132.1.13'];
/** X25519, X448, Ed25519, Ed448 (RFC 8410 §3), with the octets of a key. */
const MODERN: ReadonlyMap<string, number> = new Map([
	['1.3.101.110', 32],
	['1.3.101.111', 56],
	['1.3.101.112', 32],
	['1.3.101.113', 57],
]);

/** OIDs of the curves of `curve.ts`. */
const namedCurves: readonly (readonly [oid: string, name: string])[] = [
	['1.2.840.10045.3.1.1', 'P-192'],
	['1.3.132.0.33', 'P-224'],
	['1.2.840.10045.3.1.7', 'P-256'],
	['1.3.132.0.34', 'P-384'],
	['1.3.132.0.35', 'P-521'],
	['1.3.132.0.10', 'secp256k1'],
	['1.3.36.3.3.2.8.1.1.7', 'brainpoolP256r1'],
	['1.3.36.3.3.2.8.1.1.9', 'brainpoolP320r1'],
	['1.3.36.3.3.2.8.1.1.11', 'brainpoolP384r1'],
	['1.3.36.3.3.2.8.1.1.13', 'brainpoolP512r1'],
];

/**
 * The one SubjectPublicKeyInfo, DER, of the key that these bytes hold, however they write it: RSA as rsaEncryption with NULL and
 * the shortest positive integers (RFC 3279 §2.3.1); EC as id-ecPublicKey with a named curve and the uncompressed point (RFC 5480
 * §2); the curves of RFC 8410 without parameters. Null for what cannot be read as a key of these kinds.
 */
export const canonicalPublicKey = (spki: Uint8Array): Uint8Array | null => {
	try {
		requireDer(spki, SPKI_LIMIT, 'request-malformed');
		const [algorithm, key, ...more] = childrenOf(spki);
		const [identifier, parameters, ...others] = childrenOf(algorithm);
		const bits = contentsOf(key, BIT_STRING);
		if (more.length > 0 || others.length > 0 || bits[0] !== 0) return null;
		contentsOf(identifier, OBJECT_IDENTIFIER);
		const oid = readDerOid(identifier ?? new Uint8Array());
		const octets = bits.subarray(1);
		if (RSA.includes(oid)) return canonicalRsa(octets);
		if (EC.includes(oid)) return canonicalEc(parameters, octets);
		if (MODERN.get(oid) !== octets.length) return null;
		return derSequence(derSequence(derOid(oid)), derBits(oid === '1.3.101.110' ? reduced(octets) : octets));
	} catch {
		return null;
	}
};

/**
 * True when these bytes are the canonical form of their key. A registrar takes no other (unique-key, IEC 62443-4-2 CR 1.5):
 * written in a second form, one key would pass for two, and a revoked one for one never seen.
 */
export const isCanonicalKey = (spki: Uint8Array): boolean => {
	const canonical = canonicalPublicKey(spki);
	return canonical !== null && Buffer.compare(canonical, spki) === 0;
};

const canonicalRsa = (octets: Uint8Array): Uint8Array | null => {
	requireDer(octets, SPKI_LIMIT, 'request-malformed');
	const numbers = childrenOf(octets).map((value) => contentsOf(value, INTEGER));
	// What reads a modulus as unsigned, as OpenSSL does, takes one without its leading zero for the same key.
	return numbers.length === 2
		? derSequence(
				derSequence(derOid(RSA[0] ?? ''), derNull),
				derBits(derSequence(...numbers.map((n) => derInteger(n)))),
			)
		: null;
};

const canonicalEc = (parameters: Uint8Array | undefined, octets: Uint8Array): Uint8Array | null => {
	const isNamed = parameters?.[0] === OBJECT_IDENTIFIER;
	const known = namedCurves.find(([oid, name]) =>
		isNamed ? readDerOid(parameters) === oid : isWrittenOut(parameters, curves.get(name)),
	);
	const curve = known && curves.get(known[1]);
	if (known === undefined || curve === undefined) return null;
	const point = readPoint(curve, octets);
	if (point === null || !isOnCurve(curve, point)) return null;
	// SEC 1 §2.3.4: the first octet of a hybrid point says once more whether y is odd, and must not belie it.
	const form = octets[0] ?? 0;
	if (form > 4 && BigInt(form - 6) !== (point.y & 1n)) return null;
	const sides = [point.x, point.y].map((side) => Buffer.from(side.toString(16).padStart(2 * curve.size, '0'), 'hex'));
	const uncompressed = Buffer.concat([Uint8Array.of(4), ...sides]);
	return derSequence(derSequence(derOid(EC[0] ?? ''), derOid(known[0])), derBits(uncompressed));
};

/**
 * True for ECParameters (SEC 1 C.2) of this curve in every number. The base point too: with another one anybody has a private
 * key to a public key of somebody else (CVE-2020-0601).
 */
const isWrittenOut = (parameters: Uint8Array | undefined, curve: Curve | undefined): boolean => {
	if (parameters?.[0] !== SEQUENCE || curve === undefined) return false;
	const [, field, coefficients, base, order] = childrenOf(parameters);
	// A seed may follow.
	const [a, b] = childrenOf(coefficients)
		.slice(0, 2)
		.map((value) => numberOf(contentsOf(value, OCTET_STRING)));
	const octets = contentsOf(base, OCTET_STRING);
	const isBase =
		numberOf(octets.subarray(1, 1 + curve.size)) === curve.x &&
		(octets.length === 1 + curve.size
			? (octets[0] ?? 0) === 2 + Number(curve.y & 1n)
			: octets.length === 1 + 2 * curve.size && numberOf(octets.subarray(1 + curve.size)) === curve.y);
	const [, prime] = childrenOf(field);
	return (
		numberOf(contentsOf(prime, INTEGER)) === curve.p &&
		a === curve.a &&
		b === curve.b &&
		isBase &&
		numberOf(contentsOf(order, INTEGER)) === curve.n
	);
};

/** RFC 7748 §5: the first bit of an X25519 key is no part of it, and what is beyond the prime is the same number. */
const reduced = (octets: Uint8Array): Uint8Array => {
	const u = numberOf(octets.toReversed()) & ((1n << 255n) - 1n);
	const hex = (u % ((1n << 255n) - 19n)).toString(16).padStart(64, '0');
	return new Uint8Array(Buffer.from(hex, 'hex').toReversed());
};

const numberOf = (octets: Uint8Array): bigint => BigInt(`0x0${Buffer.from(octets).toString('hex')}`);

/** The contents of a value with this tag. Throws `TypeError` for another tag or none. */
const contentsOf = (der: Uint8Array | undefined, tag: number): Uint8Array => {
	if (der?.[0] !== tag) throw new TypeError('another value was expected');
	return derContents(der);
};

const childrenOf = (der: Uint8Array | undefined): Uint8Array[] => {
	contentsOf(der, SEQUENCE);
	return der === undefined ? [] : derChildren(der);
};
