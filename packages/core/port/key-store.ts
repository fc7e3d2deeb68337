import type { AgreementKey } from './agreement-key.ts';
import type { Signer } from './signer.ts';

/** Kinds of signing key that a store may be asked to make, the usual one first. */
export const signingAlgorithms = ['P-256', 'P-384', 'Ed25519'] as const;

export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/**
 * Where private keys live: a folder, a PKCS#11 token, a TPM. A name stands for one key for as long as that key lives. What each
 * method throws is the store's own; a store that cannot be reached now throws and can be asked again.
 *
 * A key signs or agrees, as it was made, and never both (NIST SP 800-57 Part 1 §5.2): each side of an exchange could otherwise have
 * the other's secret signed or its signature used as one. The store says so where the key lives (key usage of the file, CKA_SIGN
 * and CKA_DERIVE, sign and decrypt of a TPM), so that no caller can mistake one for the other.
 */
export interface KeyStore {
	/** Whether there is a key of this name, of either usage. */
	has(name: string): Promise<boolean>;
	/** Makes a signing key; resolves when it is durable. Never replaces one: throws when the name is taken, by either usage, or the store makes no keys of this kind. */
	create(name: string, algorithm: SigningAlgorithm): Promise<Signer>;
	/** Throws when there is none, and for a key that agrees. */
	open(name: string): Promise<Signer>;
	/** Makes a P-256 key for agreement alone, as {@link create} does. */
	createAgreement(name: string): Promise<AgreementKey>;
	/** Throws when there is none, and for a key that signs. */
	openAgreement(name: string): Promise<AgreementKey>;
	/** Destroys the key; false when there was none. After it resolves, `has` is false and no handle that this store gave of it works. */
	erase(name: string): Promise<boolean>;
	/** Lets go of what is held open; may be asked again after it. */
	close(): Promise<void>;
}
