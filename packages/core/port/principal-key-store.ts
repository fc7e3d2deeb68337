import type { PrincipalName } from '../device/principal-name.ts';
import type { Instant } from '../units/instant.ts';

/**
 * What a key beside the one of the certificate is for: `stream` signs a device's epochs and checkpoints; with `agreement` (P-256) and `kem`
 * (ML-KEM-768) readings are sealed for a reader.
 */
export const keyPurposes = ['stream', 'agreement', 'kem'] as const;

export type KeyPurpose = (typeof keyPurposes)[number];

/** A key that a device or reader registered. It is what the service says: an owner compares the thumbprint before a roster names it. */
export interface RegisteredKey {
	readonly purpose: KeyPurpose;
	/** SubjectPublicKeyInfo, DER; the encapsulation key of a `kem`. */
	readonly key: Uint8Array;
	readonly at: Instant;
}

/** The keys that devices and readers registered. Each call is one commit, durable when it resolves. */
export interface PrincipalKeyStore {
	/**
	 * Registers the key where the principal has none for that purpose; the same again changes nothing. A key of an earlier
	 * commissioning ends when the principal is expected again. Throws `Problem('key-registered')` when another stands, and
	 * `Problem('key-seen-before')` for one that is or was another principal's (unique-key), or this one's before.
	 */
	registerKey(name: PrincipalName, key: RegisteredKey): Promise<void>;
	/** Those that stand, in the order of their registration. */
	registeredKeys(name: PrincipalName): Promise<RegisteredKey[]>;
}
