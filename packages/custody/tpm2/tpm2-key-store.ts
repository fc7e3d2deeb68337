import { Problem } from '@keyward/core';
import type { KeyStore, SigningAlgorithm } from '@keyward/core/port';
import { describeTpm } from './describe-tpm.ts';
import { eraseTpm2Key, hasTpm2Key } from './key-file.ts';
import type { Tpm } from './tpm.ts';
import { createTpm2Key, openTpm2Key, type Tpm2Key, type Tpm2KeyOptions } from './tpm2-key.ts';

export interface Tpm2KeyStoreOptions extends Tpm2KeyOptions {
	/** Takes a TPM that is known to be an emulator for hardware, as a demonstration may. It is shown as emulated even so. */
	readonly emulatedCountsAsHardware?: boolean;
}

/** A key handle of a {@link tpm2KeyStore}. */
export interface Tpm2StoreKey extends Omit<Tpm2Key, 'custody'> {
	/** `software` in an emulator, unless that was to count as hardware. */
	readonly custody: 'tpm2' | 'software';
	readonly emulated: boolean;
}

/** A TPM, with a folder for what it wraps. */
export interface Tpm2KeyStore extends KeyStore {
	create(name: string, algorithm: SigningAlgorithm): Promise<Tpm2StoreKey>;
	open(name: string): Promise<Tpm2StoreKey>;
}

/** Its methods throw what `createTpm2Key` and `openTpm2Key` do; closing it lets go of the TPM. */
export const tpm2KeyStore = (tpm: Tpm, folder: string, options: Tpm2KeyStoreOptions = {}): Tpm2KeyStore => {
	/** For each name, what ends when its key is erased. */
	const standing = new Map<string, AbortController>();
	const standingOf = (name: string): AbortSignal => {
		const one = standing.get(name) ?? new AbortController();
		standing.set(name, one);
		return one.signal;
	};
	const inStore = async (name: string, key: Tpm2Key): Promise<Tpm2StoreKey> => {
		const erased = standingOf(name);
		const { emulator } = await describeTpm(tpm);
		return {
			...key,
			emulated: emulator,
			// key-custody: what a program that plays a TPM keeps, a thief of its files has.
			custody: emulator && options.emulatedCountsAsHardware !== true ? 'software' : 'tpm2',
			sign: async (bytes) => {
				// erased-at-retirement: the wrapped key is still in this process's memory, and the TPM would take it.
				if (erased.aborted) throw new Problem('key-file', `The key ${name} was erased.`);
				return key.sign(bytes);
			},
		};
	};
	return {
		has: (name) => hasTpm2Key(folder, name),
		create: async (name, algorithm) => {
			if (algorithm !== 'P-256') throw new Problem('tpm-failed', 'Keys in a TPM are P-256: choose that.');
			return inStore(name, await createTpm2Key(tpm, folder, name, options));
		},
		open: async (name) => inStore(name, await openTpm2Key(tpm, folder, name, options)),
		erase: async (name) => {
			standing.get(name)?.abort();
			standing.delete(name);
			return eraseTpm2Key(folder, name);
		},
		close: () => tpm.close(),
	};
};
