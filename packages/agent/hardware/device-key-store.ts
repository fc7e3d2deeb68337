import type { KeyStore, Signer, SigningAlgorithm } from '@keyward/core/port';
import type { Attestor } from './attestor.ts';
import type { EngineKey } from './engine.ts';

/** What a part is to show, or to be, when a key is made in it. */
export interface OpenOptions {
	/** PEM file with more of the manufacturer's certificates, where a TPM does not carry all that lead to its root. */
	readonly endorsementFile?: string;
	/** The part that it must be, as `keyward device part` prints it; any when not said. */
	readonly part?: string;
	/** Of a key that is made; P-256 unless said. */
	readonly algorithm?: SigningAlgorithm;
}

/** A key where it lives, and what its part says of it. Disposing of it lets go of the part. */
export interface OpenKey extends AsyncDisposable {
	readonly signer: Signer;
	/** Null for a file or token, and for a TPM without a certificate of its manufacturer: nobody can tell it from a program. */
	readonly attestor: Attestor | null;
	/** True for a part that is known to be a program. */
	readonly emulated: boolean;
}

/**
 * The key store of one device or reader. Between two uses of a handle nothing is held open: others use the part too. Methods throw the
 * codes of the store: `key-file`; `token-module`, `token-absent`, `token-pin`, `token-key`, `token-failed`; `tpm-unreachable`, `tpm-failed`.
 */
export interface DeviceKeyStore extends KeyStore {
	/** Kinds of signing key that it can make, as far as is known before one is made. */
	readonly makes: readonly SigningAlgorithm[];
	/** Opens the signing key, made first where it is not there: after a failure the same call goes on with the same key. */
	openOrMake(name: string, options?: OpenOptions): Promise<OpenKey>;
	/** What TLS proves itself with: the key as PEM, or an engine's, once the key has signed. For one use in a process. */
	tlsKey(name: string): Promise<string | EngineKey>;
	/** As of any store; destroys what goes with the key too, and looks that all is gone. */
	erase(name: string): Promise<boolean>;
	/** Path of the key's file, of what its TPM wrapped, or its RFC 7512 URI. */
	where(name: string): string;
}
