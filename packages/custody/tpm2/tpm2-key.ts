import { hash } from 'node:crypto';
import { Problem } from '@keyward/core';
import type { Signer } from '@keyward/core/port';
import {
	ECDSA_SHA256,
	objectName,
	SIGNING_KEY_P256,
	SIGNING_KEY_P256_WITH_PIN,
	signatureValue,
	toSubjectPublicKeyInfo,
	TPM_ALG,
	TPM_ECC,
	TPM_RC,
	TPM_RH,
	type TpmKeyFile,
	type TPMT_PUBLIC,
} from '@keyward/core/tpm2';
import { TPM2_Create } from './commands/object.ts';
import { TPM2_Sign } from './commands/signing.ts';
import type { Loaded } from './handle.ts';
import { readTpm2Key, refuseSecondKey, tpm2KeyFileOf, writeTpm2Key } from './key-file.ts';
import { loadUnder } from './load.ts';
import { lockoutError } from './lockout.ts';
import { DECRYPT } from './session.ts';
import { startSaltedSession } from './start-session.ts';
import { openStorageKey, persistentStorageKey } from './storage-key.ts';
import type { Tpm } from './tpm.ts';
import { hasResponseCode } from './tpm-error.ts';

export interface Tpm2KeyOptions {
	/**
	 * What the TPM asks for before it uses the key: a PIN of at most 32 bytes, from a file or prompt. Empty by default. A listener
	 * on the bus does not learn it, and the TPM's lockout guards it against guessing.
	 */
	readonly authValue?: Uint8Array;
}

/** A key in a TPM. It is loaded when it is used and stays so until another is. */
export interface Tpm2Key extends Signer {
	readonly custody: 'tpm2';
	readonly publicArea: TPMT_PUBLIC;
	/** Its TPM name, which an attestation names it by. */
	readonly tpmName: Uint8Array;
	/** Loads it, within an operation of this TPM. */
	load(): Promise<Loaded>;
}

/**
 * Makes a P-256 signing key inside the TPM, under the persistent storage key if there is one, and keeps it in the folder;
 * resolves when it is on the disk. Throws `Problem('key-file')` when there is one of this name, `TpmError`, and
 * `Problem('tpm-unreachable')`.
 */
export const createTpm2Key = async (
	tpm: Tpm,
	folder: string,
	name: string,
	options: Tpm2KeyOptions = {},
): Promise<Tpm2Key> => {
	await refuseSecondKey(folder, name);
	const authValue = options.authValue ?? new Uint8Array();
	const file = await tpm.operation(async (): Promise<TpmKeyFile> => {
		const persistent = await persistentStorageKey(tpm);
		await using parentHandle = persistent ?? (await openStorageKey(tpm, TPM_RH.OWNER, false));
		const inPublic = authValue.length === 0 ? SIGNING_KEY_P256 : SIGNING_KEY_P256_WITH_PIN;
		const input = { parentHandle, userAuth: authValue, inPublic };
		await using hidden = authValue.length === 0 ? null : await startSaltedSession(tpm, parentHandle, DECRYPT);
		const { outPrivate, outPublic } = await TPM2_Create(tpm, input, ...(hidden === null ? [] : [hidden.session]));
		return {
			emptyAuth: authValue.length === 0,
			description: null,
			rsaParent: false,
			parent: persistent === null ? TPM_RH.OWNER : persistent.handle,
			publicArea: outPublic,
			privateArea: outPrivate,
		};
	});
	await writeTpm2Key(folder, name, file);
	return keyOf(tpm, file, authValue);
};

/**
 * Opens a key that {@link createTpm2Key} made, or another program in the same format. Whether this TPM can load it shows at the
 * first use. Throws `Problem('key-file')`: absent, open to others, no P-256 signing key, or with a PIN that was not given.
 */
export const openTpm2Key = async (
	tpm: Tpm,
	folder: string,
	name: string,
	options: Tpm2KeyOptions = {},
): Promise<Tpm2Key> => {
	const file = await readTpm2Key(folder, name);
	const path = tpm2KeyFileOf(folder, name);
	const { publicArea } = file;
	const { sign, restricted } = publicArea.objectAttributes;
	const onP256 = publicArea.type === TPM_ALG.ECC && publicArea.parameters.curveID === TPM_ECC.NIST_P256;
	if (!onP256 || !sign || restricted) {
		throw new Problem('key-file', `${path} is no P-256 key that signs what it is given.`);
	}
	if (!file.emptyAuth && options.authValue === undefined) {
		throw new Problem('key-file', `${path} wants a PIN: give the file that holds it.`);
	}
	return keyOf(tpm, file, options.authValue ?? new Uint8Array());
};

/** The loaded key with a session, as long-lived as it, that proves its authorization value. */
const provingValue = async (tpm: Tpm, parent: Loaded, loaded: Loaded, authValue: Uint8Array): Promise<Loaded> => {
	try {
		const { session, [Symbol.asyncDispose]: end } = await startSaltedSession(tpm, parent);
		const release = async (): Promise<void> => {
			await end();
			await loaded[Symbol.asyncDispose]();
		};
		return { ...loaded, authValue, session, [Symbol.asyncDispose]: release };
	} catch (error) {
		await loaded[Symbol.asyncDispose]();
		throw error;
	}
};

const keyOf = (tpm: Tpm, file: TpmKeyFile, authValue: Uint8Array): Tpm2Key => {
	const load = async (): Promise<Loaded> => {
		await using parent = await openStorageKey(tpm, file.parent, file.rsaParent);
		const loaded = await loadUnder(tpm, parent, file);
		return authValue.length === 0 ? loaded : await provingValue(tpm, parent, loaded, authValue);
	};
	const key: Tpm2Key = {
		publicKey: toSubjectPublicKeyInfo(file.publicArea),
		custody: 'tpm2',
		publicArea: file.publicArea,
		tpmName: objectName(file.publicArea),
		load,
		sign: async (bytes) => {
			const digest = new Uint8Array(hash('sha256', bytes, 'buffer'));
			const use = (keyHandle: Loaded) => TPM2_Sign(tpm, { keyHandle, digest, inScheme: ECDSA_SHA256 });
			const { signature } = await tpm.withKey(key, load, use).catch(async (error: unknown) => {
				throw hasResponseCode(error, TPM_RC.LOCKOUT) ? await lockoutError(tpm, error, file) : error;
			});
			return signatureValue(signature);
		},
	};
	return key;
};
