import { hash } from 'node:crypto';
import { childrenOf, headerAndContents, magnitudeOf, oidOf, readValue, stringOf, toBigInt } from './der.ts';

/** The outer shape that certificates and requests share (RFC 5280 §4.1.1, RFC 2986 §4.2). */
export interface Signed {
	/** DER. */
	readonly toBeSigned: Uint8Array;
	readonly algorithm: string;
	readonly signature: Uint8Array;
}

export const signedIn = (der: Uint8Array): Signed | null => {
	const outer = readValue(der, 0, der.length);
	const parts = outer?.tag === 0x30 ? childrenOf(der, outer) : null;
	const [toBeSigned, algorithmField, signatureField] = parts ?? [];
	if (parts?.length !== 3 || toBeSigned?.tag !== 0x30 || algorithmField?.tag !== 0x30) return null;
	const algorithm = oidOf(der, childrenOf(der, algorithmField)?.[0]);
	const signature = stringOf(der, signatureField);
	if (algorithm === null || signature === null || signatureField?.tag !== 0x03) return null;
	return { toBeSigned: headerAndContents(der, toBeSigned), algorithm, signature };
};

/** ECDSA signature algorithms (RFC 5758 §3.2, RFC 3279, and NIST's with SHA-3). */
const ecdsa: Readonly<Record<string, string>> = {
	'1.2.840.10045.4.1': 'sha1',
	'1.2.840.10045.4.3.1': 'sha224',
	'1.2.840.10045.4.3.2': 'sha256',
	'1.2.840.10045.4.3.3': 'sha384',
	'1.2.840.10045.4.3.4': 'sha512',
	'2.16.840.1.101.3.4.3.9': 'sha3-224',
	'2.16.840.1.101.3.4.3.10': 'sha3-256',
	'2.16.840.1.101.3.4.3.11': 'sha3-384',
	'2.16.840.1.101.3.4.3.12': 'sha3-512',
};

export interface EcdsaSignature {
	/** Whole, by the signature's own hash function. */
	readonly digest: Uint8Array;
	readonly r: bigint;
	readonly s: bigint;
}

/** The signature as numbers; null when it is not ECDSA or malformed. */
export const ecdsaOf = ({ toBeSigned, algorithm, signature }: Signed): EcdsaSignature | null => {
	const digest = Object.hasOwn(ecdsa, algorithm) ? ecdsa[algorithm] : undefined;
	if (digest === undefined) return null;
	const outer = readValue(signature, 0, signature.length);
	const [r, s] = (outer?.tag === 0x30 ? childrenOf(signature, outer) : null) ?? [];
	const numbers = [magnitudeOf(signature, r), magnitudeOf(signature, s)];
	if (numbers.some((number) => number === null || number.length === 0 || number.length > 72)) return null;
	return {
		digest: new Uint8Array(hash(digest, toBeSigned, 'buffer')),
		r: toBigInt(numbers[0] ?? Uint8Array.of()),
		s: toBigInt(numbers[1] ?? Uint8Array.of()),
	};
};
