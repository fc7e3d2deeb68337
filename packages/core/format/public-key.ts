import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto';
import { canonicalPublicKey } from './canonical-key.ts';

/**
 * SHA-256 of the canonical SubjectPublicKeyInfo: how a key is known in the registry, to keycheck and to parts' manifests, and
 * pinned in a commissioning string. One key has one (unique-key), however it is written; what is no key of a known kind has
 * that of its bytes.
 */
export const keyThumbprint = (spki: Uint8Array): Uint8Array =>
	new Uint8Array(hash('sha256', canonicalPublicKey(spki) ?? spki, 'buffer'));

export type KeyAlgorithm = 'P-256' | 'P-384' | 'Ed25519' | 'RSA';

export interface PublicKeyProfile {
	readonly algorithm: KeyAlgorithm;
	/** Modulus or field size in bits. */
	readonly size: number;
	/** Security strength in bits (NIST SP 800-57 Part 1 §5.6.1). */
	readonly strength: number;
}

/**
 * What a SubjectPublicKeyInfo holds, or null when it is not one that Keyward certifies: another algorithm, a curve by
 * explicit parameters, an RSA modulus below 2048 bits or above 8192, or a public exponent below 65537 or above 32 bits.
 */
export const profilePublicKey = (spki: Uint8Array): PublicKeyProfile | null => {
	const key = importPublicKey(spki);
	if (key === null) return null;
	const details = key.asymmetricKeyDetails;
	if (key.asymmetricKeyType === 'ed25519') return { algorithm: 'Ed25519', size: 255, strength: 128 };
	if (key.asymmetricKeyType === 'ec') {
		if (details?.namedCurve === 'prime256v1') return { algorithm: 'P-256', size: 256, strength: 128 };
		if (details?.namedCurve === 'secp384r1') return { algorithm: 'P-384', size: 384, strength: 192 };
		return null;
	}
	if (key.asymmetricKeyType === 'rsa') {
		const size = details?.modulusLength ?? 0;
		const exponent = details?.publicExponent ?? 0n;
		// A long modulus or exponent makes one verification cost as much as thousands.
		if (size < 2048 || size > 8192 || exponent < 65_537n || exponent > 0xffff_ffffn) return null;
		return { algorithm: 'RSA', size, strength: size >= 3072 ? 128 : 112 };
	}
	return null;
};

/** OIDs of the signature algorithms that are accepted, each with its digest and the keys it goes with. */
const signatureAlgorithms: Readonly<Record<string, { digest: string | null; keys: readonly KeyAlgorithm[] }>> = {
	'1.2.840.10045.4.3.2': { digest: 'sha256', keys: ['P-256', 'P-384'] },
	'1.2.840.10045.4.3.3': { digest: 'sha384', keys: ['P-256', 'P-384'] },
	'1.2.840.10045.4.3.4': { digest: 'sha512', keys: ['P-256', 'P-384'] },
	'1.3.101.112': { digest: null, keys: ['Ed25519'] },
	'1.2.840.113549.1.1.11': { digest: 'sha256', keys: ['RSA'] },
	'1.2.840.113549.1.1.12': { digest: 'sha384', keys: ['RSA'] },
	'1.2.840.113549.1.1.13': { digest: 'sha512', keys: ['RSA'] },
};

/** True when `signature` by the algorithm of this OID over `bytes` is by this key. False for MD5, SHA-1 and anything unknown. */
export const verifySignature = (oid: string, spki: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean => {
	const algorithm = Object.hasOwn(signatureAlgorithms, oid) ? signatureAlgorithms[oid] : undefined;
	const profile = profilePublicKey(spki);
	if (algorithm === undefined || profile === null || !algorithm.keys.includes(profile.algorithm)) return false;
	const key = importPublicKey(spki);
	return key !== null && verify(algorithm.digest, bytes, key, signature);
};

/** The OID under which a `Signer` with this key signs (ECDSA with SHA-256, or Ed25519). Throws `TypeError` for others. */
export const signerAlgorithm = (spki: Uint8Array): string => {
	const algorithm = profilePublicKey(spki)?.algorithm;
	if (algorithm === 'P-256' || algorithm === 'P-384') return '1.2.840.10045.4.3.2';
	if (algorithm === 'Ed25519') return '1.3.101.112';
	throw new TypeError(`No Signer has a key of this kind: ${algorithm ?? 'unknown'}`);
};

const importPublicKey = (spki: Uint8Array): KeyObject | null => {
	try {
		return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
	} catch {
		return null;
	}
};
