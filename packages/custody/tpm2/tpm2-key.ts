import { hash } from 'node:crypto';
import type { Signer } from '@keyward/core/port';
import {
	ECDSA_SHA256,
	objectName,
	onP384,
	SIGNING_KEY_P256,
	SIGNING_KEY_P256_WITH_PIN,
	signatureValue,
	toSubjectPublicKeyInfo,
	type TpmKeyFile,
	type TPMT_PUBLIC,
} from '@keyward/core/tpm2';
import { TPM2_Sign } from './commands/signing.ts';
import type { Loaded } from './protocol/handle.ts';
import type { Tpm } from './tpm.ts';
import { loadWrappedKey, makeWrappedKey, readWrappedKey, type Tpm2KeyOptions, useWrappedKey } from './wrapped-key.ts';

/** Curves of signing keys that are made in a TPM; not every TPM has the second. */
export type TpmCurve = 'P-256' | 'P-384';

/** A signing key in a TPM. It is loaded when it is used and stays so until another is. */
export interface Tpm2Key extends Signer {
	readonly custody: 'tpm2';
	readonly publicArea: TPMT_PUBLIC;
	/** Its TPM name, which an attestation names it by. */
	readonly tpmName: Uint8Array;
	/** Loads it, within an operation of this TPM. */
	load(): Promise<Loaded>;
}

/** Makes a signing key on this curve inside the TPM, and throws, as {@link makeWrappedKey} does. */
export const createTpm2Key = async (
	tpm: Tpm,
	folder: string,
	name: string,
	options: Tpm2KeyOptions = {},
	curve: TpmCurve = 'P-256',
): Promise<Tpm2Key> => {
	const authValue = options.authValue ?? new Uint8Array();
	const template = authValue.length === 0 ? SIGNING_KEY_P256 : SIGNING_KEY_P256_WITH_PIN;
	const inPublic = curve === 'P-384' ? onP384(template) : template;
	return keyOf(tpm, await makeWrappedKey(tpm, folder, name, inPublic, authValue), authValue);
};

/**
 * Opens a key that {@link createTpm2Key} made, or another program in the same format. Whether this TPM can load it shows at the
 * first use. Throws `Problem('key-file')`: absent, open to others, no signing key on P-256 or P-384, or with a PIN that was not given.
 */
export const openTpm2Key = async (
	tpm: Tpm,
	folder: string,
	name: string,
	options: Tpm2KeyOptions = {},
): Promise<Tpm2Key> =>
	keyOf(tpm, await readWrappedKey(folder, name, 'sign', options), options.authValue ?? new Uint8Array());

const keyOf = (tpm: Tpm, file: TpmKeyFile, authValue: Uint8Array): Tpm2Key => {
	const load = (): Promise<Loaded> => loadWrappedKey(tpm, file, authValue);
	const key: Tpm2Key = {
		publicKey: toSubjectPublicKeyInfo(file.publicArea),
		custody: 'tpm2',
		publicArea: file.publicArea,
		tpmName: objectName(file.publicArea),
		load,
		sign: async (bytes) => {
			const digest = new Uint8Array(hash('sha256', bytes, 'buffer'));
			const { signature } = await useWrappedKey(tpm, key, file, load, (keyHandle) =>
				TPM2_Sign(tpm, { keyHandle, digest, inScheme: ECDSA_SHA256 }),
			);
			return signatureValue(signature);
		},
	};
	return key;
};
