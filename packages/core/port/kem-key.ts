import type { Custody } from '../device/custody.ts';

/** A private ML-KEM-768 key (FIPS 203) that can be used and never read. */
export interface KemKey {
	/** Encapsulation key, 1184 bytes (FIPS 203 §7.1). */
	readonly publicKey: Uint8Array;
	readonly custody: Custody;
	/**
	 * The secret of a ciphertext of 1088 bytes, 32 bytes (FIPS 203 §7.3). An altered ciphertext gives another secret and no error.
	 * Throws `Problem('key-agreement')` for a ciphertext of another length.
	 */
	decapsulate(ciphertext: Uint8Array): Promise<Uint8Array>;
}

/**
 * A fresh secret for the holder of an encapsulation key of 1184 bytes, and the ciphertext that carries it (FIPS 203 §7.2). Throws
 * `Problem('key-agreement')` for what is no such key.
 */
export type Encapsulate = (
	publicKey: Uint8Array,
) => Promise<{ readonly ciphertext: Uint8Array; readonly secret: Uint8Array }>;
