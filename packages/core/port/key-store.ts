import type { Signer } from './signer.ts';

/** Kinds of key that a place may be asked to make. */
export type SigningAlgorithm = 'P-256' | 'Ed25519';

/**
 * Where private keys live: a folder, a PKCS#11 token, a TPM. A name stands for one key for as long as that key lives. What each
 * method throws is the place's own; a place that cannot be reached now throws and can be asked again.
 */
export interface KeyStore {
	has(name: string): Promise<boolean>;
	/** Makes a key; resolves when it is durable. Never replaces one: throws when the name is taken. */
	create(name: string, algorithm: SigningAlgorithm): Promise<Signer>;
	/** Throws when there is none. */
	open(name: string): Promise<Signer>;
	/** Destroys the key; false when there was none. After it resolves, `has` is false and no `Signer` of it signs. */
	erase(name: string): Promise<boolean>;
	/** Lets go of what is held open; may be asked again after it. */
	close(): Promise<void>;
}
