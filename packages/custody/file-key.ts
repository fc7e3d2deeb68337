import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { lstat, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '@keyward/core';
import type { SigningAlgorithm, Signer } from '@keyward/core/port';
import { writeDurably } from './durable-file.ts';
import { makePrivateFolder, readPrivate, requirePrivate } from './private-file.ts';
import { openOrMakeSeal, openSeal, sealFileOf } from './seal.ts';

export interface FileKeyOptions {
	/** Default: {@link sealFileOf} the folder. */
	readonly sealFile?: string;
	/** Keeps or takes the key as unencrypted PEM, as programs that know no seal need it. */
	readonly allowPlainKey?: boolean;
}

/** Where `name`'s key lies: PKCS #8 in PEM, encrypted with AES-256 (RFC 5958, RFC 8018) unless plain was allowed. */
export const keyFileOf = (folder: string, name: string): string => join(folder, `${name}.key`);

/** True when there is such a key file, whatever its state. */
export const hasFileKey = async (folder: string, name: string): Promise<boolean> =>
	(await lstat(keyFileOf(folder, name)).catch(() => null)) !== null;

/**
 * Makes a private key and keeps it; resolves when it is on the disk. Throws `Problem('key-file')` when there is one of this
 * name already: a key is never replaced.
 */
export const createFileKey = async (
	folder: string,
	name: string,
	algorithm: SigningAlgorithm,
	options: FileKeyOptions = {},
): Promise<Signer> => {
	await makePrivateFolder(folder);
	const { privateKey } =
		algorithm === 'P-256' ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' }) : generateKeyPairSync('ed25519');
	const sealed = options.allowPlainKey
		? {}
		: // PBKDF2 at its default count: the passphrase has 256 random bits, so that stretching adds nothing.
			{ cipher: 'aes-256-cbc', passphrase: await openOrMakeSeal(options.sealFile ?? sealFileOf(folder)) };
	const pem = privateKey.export({ type: 'pkcs8', format: 'pem', ...sealed });
	if (!(await writeDurably(keyFileOf(folder, name), pem, 'keep'))) {
		throw new Problem('key-file', `There is already a key ${keyFileOf(folder, name)}; it is not replaced.`);
	}
	return signerOf(privateKey);
};

/** Throws `Problem('key-file')`: absent, open to others, not openable with this seal, or plain where that was not allowed. */
export const openFileKey = async (folder: string, name: string, options: FileKeyOptions = {}): Promise<Signer> =>
	signerOf(await readKey(folder, name, options));

/**
 * The bare private key as PEM, for Node's TLS, which takes nothing else. For software custody only; the text must go to a TLS
 * context and nowhere else.
 */
export const exposePrivateKeyForTls = async (
	folder: string,
	name: string,
	options: FileKeyOptions = {},
): Promise<string> => {
	const pem = (await readKey(folder, name, options)).export({ type: 'pkcs8', format: 'pem' });
	return pem.toString();
};

/**
 * Overwrites and removes a key file; false when there was none. On a disk that copies on write or spreads its wear, old blocks may
 * outlive this: what counts is that the seal is kept elsewhere.
 */
export const eraseFileKey = async (folder: string, name: string): Promise<boolean> => {
	const path = keyFileOf(folder, name);
	if (!(await hasFileKey(folder, name))) return false;
	await eraseFile(path);
	return true;
};

/** Overwrites and removes a file of this user's, as {@link eraseFileKey} does. Throws `Problem('key-file')`. */
export const eraseFile = async (path: string): Promise<void> => {
	await requirePrivate(path);
	const file = await open(path, 'r+');
	try {
		await file.write(new Uint8Array((await file.stat()).size), 0, null, 0);
		await file.sync();
	} finally {
		await file.close();
	}
	await rm(path);
};

const readKey = async (folder: string, name: string, options: FileKeyOptions): Promise<KeyObject> => {
	const path = keyFileOf(folder, name);
	await requirePrivate(folder);
	const pem = await readPrivate(path);
	const isSealed = pem.includes('BEGIN ENCRYPTED PRIVATE KEY');
	// A plain key put in a sealed one's place would quietly end what the seal promises.
	if (!isSealed && !options.allowPlainKey)
		throw new Problem('key-file', `${path} is not encrypted, and that was not allowed.`);
	const passphrase = isSealed ? { passphrase: await openSeal(options.sealFile ?? sealFileOf(folder)) } : {};
	try {
		return createPrivateKey({ key: pem, format: 'pem', ...passphrase });
	} catch {
		// The cause may tell of key bytes; it goes no further.
		throw new Problem(
			'key-file',
			`${path} cannot be opened: it is damaged, or the seal is not the one it was made with.`,
		);
	}
};

export const signerOf = (privateKey: KeyObject): Signer => {
	const digest = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
	return {
		publicKey: new Uint8Array(createPublicKey(privateKey).export({ type: 'spki', format: 'der' })),
		custody: 'software',
		sign: async (bytes) => new Uint8Array(sign(digest, bytes, privateKey)),
	};
};
