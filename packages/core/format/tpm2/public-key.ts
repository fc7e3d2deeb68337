import { createPublicKey, type KeyObject } from 'node:crypto';
import { derBits, derInteger, derNull, derOid, derSequence } from '../der-types.ts';
import { concat, malformed } from './structure.ts';
import { TPM_ALG } from './tpm-alg-id.ts';
import { TPM_ECC } from './tpm-constants.ts';
import type { EccPublic, RsaPublic, TPMT_PUBLIC } from './tpmt-public.ts';

interface Curve {
	readonly id: number;
	readonly name: string;
	readonly jwk: string;
	/** Field size in bytes. */
	readonly size: number;
	/** namedCurve (RFC 5480 §2.1.1.1). */
	readonly oid: string;
}

const curves: readonly Curve[] = [
	{ id: TPM_ECC.NIST_P256, name: 'prime256v1', jwk: 'P-256', size: 32, oid: '1.2.840.10045.3.1.7' },
	{ id: TPM_ECC.NIST_P384, name: 'secp384r1', jwk: 'P-384', size: 48, oid: '1.3.132.0.34' },
];

/** Throws `Problem('tpm-malformed')` for curves other than P-256 and P-384. */
export const curveOf = (area: EccPublic): Curve =>
	curves.find(({ id }) => id === area.parameters.curveID) ??
	malformed(`The key is on TPM curve 0x${area.parameters.curveID.toString(16)}, not on P-256 or P-384`);

/** Left-padded with zeros to `size` bytes. Throws `Problem('tpm-malformed')` when it is longer. */
export const padded = (value: Uint8Array, size: number): Uint8Array => {
	if (value.length > size) malformed(`A coordinate of ${value.length} bytes on a curve of ${size}`);
	return concat(new Uint8Array(size - value.length), value);
};

/** 04 ‖ x ‖ y at the curve's size (SEC 1 §2.3.3). */
export const uncompressedPoint = (area: EccPublic): Uint8Array => {
	const { size } = curveOf(area);
	return concat(Uint8Array.of(4), padded(area.unique.x, size), padded(area.unique.y, size));
};

/**
 * SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), DER, of an ECC or RSA public area. Throws `Problem('tpm-malformed')` for other
 * objects, other curves, templates without a key, and points that are not on their curve.
 */
export const toSubjectPublicKeyInfo = (area: TPMT_PUBLIC): Uint8Array => {
	const der = encodeKey(area);
	// A point off the curve would leak a secret that is shared with it (invalid-curve attack).
	importKey(der);
	return der;
};

const encodeKey = (area: TPMT_PUBLIC): Uint8Array => {
	if (area.type === TPM_ALG.ECC) {
		const algorithm = derSequence(derOid('1.2.840.10045.2.1'), derOid(curveOf(area).oid));
		return derSequence(algorithm, derBits(uncompressedPoint(area)));
	}
	if (area.type === TPM_ALG.RSA) {
		const { unique, parameters } = area;
		// OpenSSL takes any number for a modulus, and fails, or worse, when it uses it.
		const isModulus =
			unique.length * 8 === parameters.keyBits && (unique[0] ?? 0) >= 0x80 && ((unique.at(-1) ?? 0) & 1) === 1;
		if (!isModulus) return malformed(`The RSA key has no modulus of ${parameters.keyBits} bits`);
		const exponent = parameters.exponent === 0 ? 65_537 : parameters.exponent;
		const rsaEncryption = derSequence(derOid('1.2.840.113549.1.1.1'), derNull);
		return derSequence(rsaEncryption, derBits(derSequence(derInteger(unique), derInteger(exponent))));
	}
	return malformed('The TPM object is no ECC or RSA key, so that it has no public key');
};

const importKey = (spki: Uint8Array): KeyObject => {
	try {
		return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
	} catch {
		return malformed('The public key is invalid: a point off its curve, or a wrong modulus');
	}
};

/**
 * The template with this SubjectPublicKeyInfo in its place: the public area, and by it the name, that a TPM's key must have
 * whose certificate tells only the public key. Throws `Problem('tpm-malformed')` when the key is of another kind or size.
 */
export const withPublicKey = (template: RsaPublic | EccPublic, spki: Uint8Array): TPMT_PUBLIC => {
	const { kty, crv, n, e, x, y } = importKey(spki).export({ format: 'jwk' });
	const bytes = (value: string | undefined): Uint8Array => new Uint8Array(Buffer.from(value ?? '', 'base64url'));
	if (template.type === TPM_ALG.RSA) {
		const modulus = bytes(n);
		const exponent = e === 'AQAB' ? 0 : bytes(e).reduce((sum, octet) => sum * 256 + octet, 0);
		const { keyBits } = template.parameters;
		if (kty !== 'RSA' || modulus.length * 8 !== keyBits || exponent !== template.parameters.exponent) {
			return malformed(`The public key is not RSA with ${keyBits} bits and the template's exponent`);
		}
		return { ...template, unique: modulus };
	}
	const curve = curveOf(template);
	if (kty !== 'EC' || crv !== curve.jwk) return malformed(`The public key is not on ${curve.jwk}`);
	return { ...template, unique: { x: padded(bytes(x), curve.size), y: padded(bytes(y), curve.size) } };
};
