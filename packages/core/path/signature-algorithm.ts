import { createPublicKey, constants, type KeyObject, verify } from 'node:crypto';
import { canonicalPublicKey } from '../format/canonical-key.ts';
import { derChildren } from '../format/der.ts';
import { derContents, readDerOid } from '../format/der-types.ts';
import type { PathCertificate } from './path-certificate.ts';

/**
 * Signatures that count (NIST SP 800-131A): no MD5, for which certificates were forged, and no SHA-1, for which two documents with
 * one hash can be made. By OID, with the type of key and the digest; RSASSA-PSS says its digest in its parameters.
 */
const algorithms: ReadonlyMap<string, readonly [key: 'ec' | 'rsa' | 'ed25519', digest: string | null]> = new Map([
	['1.2.840.10045.4.3.2', ['ec', 'sha256']],
	['1.2.840.10045.4.3.3', ['ec', 'sha384']],
	['1.2.840.10045.4.3.4', ['ec', 'sha512']],
	['1.2.840.113549.1.1.11', ['rsa', 'sha256']],
	['1.2.840.113549.1.1.12', ['rsa', 'sha384']],
	['1.2.840.113549.1.1.13', ['rsa', 'sha512']],
	['1.3.101.112', ['ed25519', null]],
]);

const PSS = '1.2.840.113549.1.1.10';
const digests: ReadonlyMap<string, string> = new Map([
	['2.16.840.1.101.3.4.2.1', 'sha256'],
	['2.16.840.1.101.3.4.2.2', 'sha384'],
	['2.16.840.1.101.3.4.2.3', 'sha512'],
]);

/** The key of a certificate, when it is of a kind and size that may sign or be vouched for; null for all others. */
export const strongKey = (publicKey: Uint8Array): KeyObject | null => {
	// A curve by explicit parameters is read as the named one that it is, or not at all (CVE-2020-0601).
	const canonical = canonicalPublicKey(publicKey);
	if (canonical === null) return null;
	const key = importKey(canonical);
	const { namedCurve, modulusLength = 0, publicExponent = 0n } = key?.asymmetricKeyDetails ?? {};
	switch (key?.asymmetricKeyType) {
		case 'ec':
			return ['prime256v1', 'secp384r1', 'secp521r1'].includes(namedCurve ?? '') ? key : null;
		case 'rsa':
			// Below 2048 bits keys can be factored; above 8192, or with a long exponent, one costs as much as thousands.
			return modulusLength >= 2048 && modulusLength <= 8192 && publicExponent >= 65_537n && publicExponent < 2n ** 32n
				? key
				: null;
		case 'ed25519':
			return key;
		default:
			return null;
	}
};

export const NOT_SIGNED = 'bears no signature by the one after it';

/** What is wrong with the signature of a certificate under its issuer's key, in words; null for nothing (RFC 5280 §6.1.3 (a)(1)). */
export const signatureFlaw = (certificate: PathCertificate, issuerKey: Uint8Array): string | null => {
	const [identifier = new Uint8Array(), parameters] = derChildren(certificate.algorithm);
	const oid = readDerOid(identifier);
	const pss = oid === PSS ? readPss(parameters) : null;
	const [type, digest] = pss === null ? (algorithms.get(oid) ?? []) : (['rsa', pss.digest] as const);
	if (type === undefined || (pss === null && parameters !== undefined && parameters[0] !== 0x05))
		return 'is signed with an algorithm that is too weak or unknown (it must be SHA-256 or stronger)';
	const key = strongKey(issuerKey);
	if (key === null || key.asymmetricKeyType !== type)
		return 'is signed with a key that is too weak or of another kind than its algorithm';
	const how = pss === null ? key : { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: pss.salt };
	return verify(digest, certificate.toBeSigned, how, certificate.signature) ? null : NOT_SIGNED;
};

/** RSASSA-PSS-params (RFC 4055 §3.1): one digest of the above, in the mask too. */
const readPss = (parameters: Uint8Array | undefined): { readonly digest: string; readonly salt: number } | null => {
	const fields = new Map((parameters?.[0] === 0x30 ? derChildren(parameters) : []).map((one) => [one[0], one]));
	const [hash, mask, salt] = [0xa0, 0xa1, 0xa2].map((tag) => fields.get(tag));
	if (!hash || !mask || !salt || fields.has(0xa3)) return null;
	const digestOf = (sequence: Uint8Array | undefined) =>
		digests.get(sequence?.[0] === 0x30 ? readDerOid(derChildren(sequence)[0] ?? sequence) : '');
	const [digest, generator] = [digestOf(derChildren(hash)[0]), derChildren(mask)[0]];
	const inMask = generator === undefined ? undefined : digestOf(derChildren(generator)[1]);
	const [length = 0, ...more] = derContents(derChildren(salt)[0] ?? Uint8Array.of(2, 0));
	return digest === undefined || digest !== inMask || more.length > 0 ? null : { digest, salt: length };
};

const importKey = (spki: Uint8Array): KeyObject | null => {
	try {
		return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
	} catch {
		return null;
	}
};
