import { Problem } from '@keyward/core';
import { TPM_ALG, TPM_ECC, TPM_RC, TPM_RH, type TpmKeyFile, type TPMT_PUBLIC } from '@keyward/core/tpm2';
import { TPM2_Create } from './commands/object.ts';
import type { Loaded } from './protocol/handle.ts';
import { readTpm2Key, refuseSecondKey, tpm2KeyFileOf, writeTpm2Key } from './key-file.ts';
import { loadUnder } from './load.ts';
import { lockoutError } from './lockout.ts';
import { DECRYPT } from './protocol/session.ts';
import { startSaltedSession } from './start-session.ts';
import { openStorageKey, persistentStorageKey } from './storage-key.ts';
import type { Tpm } from './tpm.ts';
import { hasResponseCode } from './protocol/tpm-error.ts';

export interface Tpm2KeyOptions {
	/**
	 * What the TPM asks for before it uses the key: a PIN of at most 32 bytes, from a file or prompt. Empty by default. A listener
	 * on the bus does not learn it, and the TPM's lockout guards it against guessing.
	 */
	readonly authValue?: Uint8Array;
}

/**
 * Makes a key inside the TPM, under the persistent storage key if there is one, and keeps it in the folder; resolves when it is on the
 * disk. Throws `Problem('key-file')` when there is one of this name, `TpmError`, and `Problem('tpm-unreachable')`.
 */
export const makeWrappedKey = async (
	tpm: Tpm,
	folder: string,
	name: string,
	inPublic: TPMT_PUBLIC,
	authValue: Uint8Array,
): Promise<TpmKeyFile> => {
	await refuseSecondKey(folder, name);
	const file = await tpm.operation(async (): Promise<TpmKeyFile> => {
		const persistent = await persistentStorageKey(tpm);
		await using parentHandle = persistent ?? (await openStorageKey(tpm, TPM_RH.OWNER, false));
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
	return file;
};

/**
 * Reads a key on P-256, or one that signs on P-384 too, that has this attribute and not the other, and is not restricted. Throws `Problem('key-file')`: absent, open
 * to others, another key, or with a PIN that was not given.
 */
export const readWrappedKey = async (
	folder: string,
	name: string,
	use: 'sign' | 'decrypt',
	{ authValue }: Tpm2KeyOptions,
): Promise<TpmKeyFile> => {
	const file = await readTpm2Key(folder, name);
	const path = tpm2KeyFileOf(folder, name);
	const { publicArea } = file;
	const { sign, decrypt, restricted } = publicArea.objectAttributes;
	const taken = use === 'sign' ? [TPM_ECC.NIST_P256, TPM_ECC.NIST_P384] : [TPM_ECC.NIST_P256];
	const onCurve = publicArea.type === TPM_ALG.ECC && taken.some((one) => one === publicArea.parameters.curveID);
	// A key that another program made for both signs here, as ever, and is never taken to agree.
	const isForUse = use === 'sign' ? sign : decrypt && !sign;
	if (!onCurve || !isForUse || restricted) {
		const wanted = use === 'sign' ? 'signs what it is given' : 'agrees with any other key and signs nothing';
		throw new Problem('key-file', `${path} is no ${use === 'sign' ? 'P-256 or P-384' : 'P-256'} key that ${wanted}.`);
	}
	if (!file.emptyAuth && authValue === undefined) {
		throw new Problem('key-file', `${path} wants a PIN: give the file that holds it.`);
	}
	return file;
};

/**
 * Loads the key, within an operation of its TPM. With a PIN, or with `attributes`, it comes with a session as long-lived as it, which
 * proves the PIN and hides on the bus what the attributes say.
 */
export const loadWrappedKey = async (
	tpm: Tpm,
	file: TpmKeyFile,
	authValue: Uint8Array,
	attributes = 0,
): Promise<Loaded> => {
	await using parent = await openStorageKey(tpm, file.parent, file.rsaParent);
	const loaded = await loadUnder(tpm, parent, file);
	return authValue.length === 0 && attributes === 0
		? loaded
		: await withSession(tpm, parent, loaded, authValue, attributes);
};

const withSession = async (
	tpm: Tpm,
	parent: Loaded,
	loaded: Loaded,
	authValue: Uint8Array,
	attributes: number,
): Promise<Loaded> => {
	try {
		const { session, [Symbol.asyncDispose]: end } = await startSaltedSession(tpm, parent, attributes);
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

/** Uses the key, which stays loaded for the next use; a lockout is told with what helps. */
export const useWrappedKey = <Result>(
	tpm: Tpm,
	owner: object,
	file: TpmKeyFile,
	load: () => Promise<Loaded>,
	use: (key: Loaded) => Promise<Result>,
): Promise<Result> =>
	tpm.withKey(owner, load, use).catch(async (error: unknown) => {
		throw hasResponseCode(error, TPM_RC.LOCKOUT) ? await lockoutError(tpm, error, file) : error;
	});
