import type { Instant } from '../units/instant.ts';

/** What of a certificate says which key is used, and whose signature makes it count. */
export interface CertifiedUse {
	/** SHA-256 of the SubjectPublicKeyInfo. */
	readonly key: Uint8Array;
	/** Name of the CA's generation, DER. */
	readonly issuer: Uint8Array;
	/** When it was issued; it begins before that. */
	readonly issued: Instant;
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/**
 * catalogue: key-agility. When the holder of these certificates, oldest first, last went over to another key, or to another generation of
 * its CA; null: never. The first certificate is no change: it shows nothing of what a running fleet can do.
 */
export const lastKeyChange = (certificates: readonly CertifiedUse[]): Instant | null => {
	let last: Instant | null = null;
	for (const [index, { key, issuer, issued }] of certificates.entries()) {
		const before = certificates[index - 1];
		if (before !== undefined && (!isSame(before.key, key) || !isSame(before.issuer, issuer))) last = issued;
	}
	return last;
};
