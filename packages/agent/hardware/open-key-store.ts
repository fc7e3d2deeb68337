import type { Signer } from '@keyward/core/port';
import type { FileKeyOptions } from '@keyward/custody';
import type { EngineKey } from './engine.ts';
import { fileHome } from './file-key-store.ts';
import type { Hardware } from './hardware.ts';
import type { HeldKey } from './device-key-store.ts';
import { tokenHome } from './token-key-store.ts';
import { tpm2Home } from './tpm2-key-store.ts';

/** What a part is to show, or to be, when a key is made in it. */
export interface HoldOptions {
	/** PEM file with more of the maker's certificates, where a TPM does not carry all that lead to its root. */
	readonly endorsementFile?: string;
	/** The part that it must be, as `keyward device part` prints it; any when not said. */
	readonly part?: string;
}

/**
 * Where the private keys of one device or reader live. Methods throw the codes of the place: `key-file`; `token-module`,
 * `token-absent`, `token-pin`, `token-key`, `token-failed`; `tpm-unreachable`, `tpm-failed`.
 */
export interface KeyHome {
	/** Opens the key, made first where it is not there: after a failure the same call goes on with the same key. */
	hold(name: string, options?: HoldOptions): Promise<HeldKey>;
	/** Holds nothing open between signatures. */
	signer(name: string): Promise<Signer>;
	/** What TLS proves itself with: the key as PEM, or an engine's, once the key has signed. For one use in a process. */
	tlsKey(name: string): Promise<string | EngineKey>;
	/** Destroys the key and what goes with it, and looks that it is gone; false when there was none. */
	erase(name: string): Promise<boolean>;
	/** Path of the key's file, of what its TPM wrapped, or its RFC 7512 URI. */
	where(name: string): string;
}

/** `folder` is the home of the device or reader. */
export const keyHome = (folder: string, hardware: Hardware | undefined, options: FileKeyOptions): KeyHome => {
	if (hardware === undefined) return fileHome(folder, options);
	return hardware.custody === 'tpm2' ? tpm2Home(folder, hardware) : tokenHome(folder, hardware);
};
