import type { Custody } from '../device/custody.ts';

/** A private key that makes shared secrets, and can be used and never read. It signs nothing. */
export interface AgreementKey {
	/** SubjectPublicKeyInfo of P-256, DER (RFC 5480 §2). */
	readonly publicKey: Uint8Array;
	readonly custody: Custody;
	/**
	 * The secret shared with the holder of this key (SubjectPublicKeyInfo, DER): Z of ECDH (SP 800-56A §5.7.1.2, as RFC 9053 §6.3
	 * uses it), 32 bytes. It goes into a key derivation and nowhere else. Throws `Problem('key-agreement')` for a key that is
	 * not on P-256, whatever its form, before the private key is used.
	 */
	agree(publicKey: Uint8Array): Promise<Uint8Array>;
}
