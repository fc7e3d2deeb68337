import { lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '@keyward/core';
import { decodeTpmKeyFile, encodeTpmKeyFile, type TpmKeyFile } from '@keyward/core/tpm2';
import { syncFolder, writeDurably } from '../durable-file.ts';
import { makePrivateFolder, readPrivate, requirePrivate } from '../private-file.ts';

/** Where `name`'s TPM key lies: a TSS2 PRIVATE KEY in PEM. Its private part is wrapped by the TPM and useless without it. */
export const tpm2KeyFileOf = (folder: string, name: string): string => join(folder, `${name}.tss2.pem`);

/** True when there is such a key file, whatever its state. */
export const hasTpm2Key = async (folder: string, name: string): Promise<boolean> =>
	(await lstat(tpm2KeyFileOf(folder, name)).catch(() => null)) !== null;

/** Throws `Problem('key-file')` when there is a key of this name already: a key is never replaced. */
export const refuseSecondKey = async (folder: string, name: string): Promise<void> => {
	await makePrivateFolder(folder);
	if (await hasTpm2Key(folder, name)) throw alreadyThere(folder, name);
};

/** Resolves when it is on the disk. Throws `Problem('key-file')` when there is one already. */
export const writeTpm2Key = async (folder: string, name: string, file: TpmKeyFile): Promise<void> => {
	if (!(await writeDurably(tpm2KeyFileOf(folder, name), encodeTpmKeyFile(file), 'keep'))) {
		throw alreadyThere(folder, name);
	}
};

/** Throws `Problem('key-file')`: absent, open to others, or no TPM key. */
export const readTpm2Key = async (folder: string, name: string): Promise<TpmKeyFile> => {
	const path = tpm2KeyFileOf(folder, name);
	await requirePrivate(folder);
	const pem = await readPrivate(path);
	try {
		return decodeTpmKeyFile(pem);
	} catch (cause) {
		if (!(cause instanceof Problem)) throw cause;
		throw new Problem('key-file', `${path} is no TPM key file: ${cause.detail}`, { cause });
	}
};

/**
 * Removes the key file, durably; false when there was none. The key is gone with its last copy: one made before loads in the same
 * TPM until the owner's hierarchy is cleared.
 */
export const eraseTpm2Key = async (folder: string, name: string): Promise<boolean> => {
	if (!(await hasTpm2Key(folder, name))) return false;
	await rm(tpm2KeyFileOf(folder, name), { force: true });
	await syncFolder(folder);
	return true;
};

const alreadyThere = (folder: string, name: string): Problem =>
	new Problem('key-file', `There is already a key ${tpm2KeyFileOf(folder, name)}; it is not replaced.`);
