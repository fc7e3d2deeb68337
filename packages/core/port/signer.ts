import type { Custody } from '../device/custody.ts';

/** A private key that can be used and never read. */
export interface Signer {
	/** SubjectPublicKeyInfo, DER (RFC 5280 §4.1). */
	readonly publicKey: Uint8Array;
	readonly custody: Custody;
	/** ECDSA with SHA-256 (P-256 and P-384: DER ECDSA-Sig-Value, RFC 3279 §2.2.3) or Ed25519 (RFC 8032), as the key says. */
	sign(bytes: Uint8Array): Promise<Uint8Array>;
}
