import { Problem } from '@keyward/core';
import type { AgreementKey, KeyStore, SigningAlgorithm } from '@keyward/core/port';
import { createErasedHandles } from '../erased-handles.ts';
import { describeTpm } from './describe-tpm.ts';
import { eraseTpm2Key, hasTpm2Key } from './key-file.ts';
import type { Tpm } from './tpm.ts';
import { createTpm2AgreementKey, openTpm2AgreementKey, type Tpm2AgreementKey } from './tpm2-agreement-key.ts';
import { createTpm2Key, openTpm2Key, type Tpm2Key } from './tpm2-key.ts';
import type { Tpm2KeyOptions } from './wrapped-key.ts';

export interface Tpm2KeyStoreOptions extends Tpm2KeyOptions {
	/** Takes a TPM that is known to be an emulator for hardware, as a demonstration may. It is shown as emulated even so. */
	readonly emulatedCountsAsHardware?: boolean;
}

/** What the store says of its TPM with each key handle. */
interface InTpm {
	/** `software` in an emulator, unless that was to count as hardware. */
	readonly custody: 'tpm2' | 'software';
	readonly emulated: boolean;
}

/** A handle of a signing key of a {@link tpm2KeyStore}. */
export type Tpm2StoreKey = Omit<Tpm2Key, 'custody'> & InTpm;

/** A TPM, with a folder for what it wraps. */
export interface Tpm2KeyStore extends KeyStore {
	create(name: string, algorithm: SigningAlgorithm): Promise<Tpm2StoreKey>;
	open(name: string): Promise<Tpm2StoreKey>;
	createAgreement(name: string): Promise<AgreementKey & InTpm>;
	openAgreement(name: string): Promise<AgreementKey & InTpm>;
}

/** Its methods throw what `createTpm2Key` and `openTpm2Key` do; closing it lets go of the TPM. */
export const tpm2KeyStore = (tpm: Tpm, folder: string, options: Tpm2KeyStoreOptions = {}): Tpm2KeyStore => {
	const handles = createErasedHandles();
	const inTpm = async (): Promise<InTpm> => {
		const { emulator } = await describeTpm(tpm);
		// key-custody: what a program that plays a TPM keeps, a thief of its files has.
		const custody = emulator && options.emulatedCountsAsHardware !== true ? 'software' : 'tpm2';
		return { custody, emulated: emulator };
	};
	const signer = async (name: string, key: Tpm2Key): Promise<Tpm2StoreKey> =>
		handles.signer(name, { ...key, ...(await inTpm()) });
	const agreementKey = async (name: string, key: Tpm2AgreementKey): Promise<AgreementKey & InTpm> =>
		handles.agreementKey(name, { ...key, ...(await inTpm()) });
	return {
		has: (name) => hasTpm2Key(folder, name),
		create: async (name, algorithm) => {
			if (algorithm === 'Ed25519')
				throw new Problem('tpm-failed', 'Keys in a TPM are P-256 or P-384: choose one of them.');
			return signer(name, await createTpm2Key(tpm, folder, name, options, algorithm));
		},
		open: async (name) => signer(name, await openTpm2Key(tpm, folder, name, options)),
		createAgreement: async (name) => agreementKey(name, await createTpm2AgreementKey(tpm, folder, name, options)),
		openAgreement: async (name) => agreementKey(name, await openTpm2AgreementKey(tpm, folder, name, options)),
		erase: async (name) => {
			handles.erased(name);
			return eraseTpm2Key(folder, name);
		},
		close: () => tpm.close(),
	};
};
