import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { lstat, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '@keyward/core';
import type { AgreementKey, KemKey, SigningAlgorithm, Signer } from '@keyward/core/port';
import { writeDurably } from './durable-file.ts';
import { softwareKemKey } from './ml-kem.ts';
import { makePrivateFolder, readPrivate, requirePrivate } from './private-file.ts';
import { openOrMakeSeal, openSeal, sealFileOf } from './seal.ts';
import { makeSoftwareKey, softwareAgreementKey, softwareSigner } from './software-key.ts';

export interface FileKeyOptions {
	/** Default: {@link sealFileOf} the folder. */
	readonly sealFile?: string;
	/** Keeps or takes the key as unencrypted PEM, as programs that know no seal need it. */
	readonly allowPlainKey?: boolean;
}

/** Where `name`'s key lies: PKCS #8 in PEM, encrypted with AES-256 (RFC 5958, RFC 8018) unless plain was allowed. */
export const keyFileOf = (folder: string, name: string): string => join(folder, `${name}.key`);

/**
 * What a key is for stands before it, as text that PEM readers skip (RFC 7468 §2), so that one name is one file; nothing for a key
 * that signs, as all did before. It keeps a program from a mistake; anyone who can write this file can read its key anyway.
 */
const AGREES = 'Key Usage: Key Agreement\n';
const DECAPSULATES = 'Key Usage: Key Encapsulation\n';

/** True when there is such a key file, whatever its state. */
export const hasFileKey = async (folder: string, name: string): Promise<boolean> =>
	(await lstat(keyFileOf(folder, name)).catch(() => null)) !== null;

/**
 * Makes a private key that signs and keeps it; resolves when it is on the disk. Throws `Problem('key-file')` when there is one of
 * this name already: a key is never replaced.
 */
export const createFileKey = async (
	folder: string,
	name: string,
	algorithm: SigningAlgorithm,
	options: FileKeyOptions = {},
): Promise<Signer> => {
	const privateKey = makeSoftwareKey(algorithm);
	await keep(folder, name, privateKey, '', options);
	return softwareSigner(privateKey);
};

/** Makes a P-256 key that agrees, as {@link createFileKey} does. */
export const createFileAgreementKey = async (
	folder: string,
	name: string,
	options: FileKeyOptions = {},
): Promise<AgreementKey> => {
	const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	await keep(folder, name, privateKey, AGREES, options);
	return softwareAgreementKey(privateKey);
};

/** Makes an ML-KEM-768 key (FIPS 203), as {@link createFileKey} does. */
export const createFileKemKey = async (folder: string, name: string, options: FileKeyOptions = {}): Promise<KemKey> => {
	const { privateKey } = generateKeyPairSync('ml-kem-768');
	await keep(folder, name, privateKey, DECAPSULATES, options);
	return softwareKemKey(privateKey);
};

const keep = async (
	folder: string,
	name: string,
	privateKey: KeyObject,
	usage: string,
	options: FileKeyOptions,
): Promise<void> => {
	await makePrivateFolder(folder);
	const sealed = options.allowPlainKey
		? {}
		: // PBKDF2 at its default count: the passphrase has 256 random bits, so that stretching adds nothing.
			{ cipher: 'aes-256-cbc', passphrase: await openOrMakeSeal(options.sealFile ?? sealFileOf(folder)) };
	const pem = privateKey.export({ type: 'pkcs8', format: 'pem', ...sealed });
	if (!(await writeDurably(keyFileOf(folder, name), `${usage}${pem.toString()}`, 'keep'))) {
		throw new Problem('key-file', `There is already a key ${keyFileOf(folder, name)}; it is not replaced.`);
	}
};

/**
 * Throws `Problem('key-file')`: absent, open to others, not openable with this seal, plain where that was not allowed, or a key that
 * agrees.
 */
export const openFileKey = async (folder: string, name: string, options: FileKeyOptions = {}): Promise<Signer> =>
	softwareSigner(await readKey(folder, name, '', options));

/** As {@link openFileKey}, of a key that agrees. */
export const openFileAgreementKey = async (
	folder: string,
	name: string,
	options: FileKeyOptions = {},
): Promise<AgreementKey> => softwareAgreementKey(await readKey(folder, name, AGREES, options));

/** As {@link openFileKey}, of an ML-KEM-768 key. */
export const openFileKemKey = async (folder: string, name: string, options: FileKeyOptions = {}): Promise<KemKey> =>
	softwareKemKey(await readKey(folder, name, DECAPSULATES, options));

/**
 * The bare private key as PEM, for Node's TLS, which takes nothing else. For software custody only; the text must go to a TLS
 * context and nowhere else.
 */
export const exposePrivateKeyForTls = async (
	folder: string,
	name: string,
	options: FileKeyOptions = {},
): Promise<string> => {
	const pem = (await readKey(folder, name, '', options)).export({ type: 'pkcs8', format: 'pem' });
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

/** Throws `Problem('key-file')` for a key of another use: one is never taken for the other (NIST SP 800-57 Part 1 §5.2). */
const requireUsage = (path: string, pem: string, usage: string): void => {
	const found = pem.slice(0, Math.max(0, pem.indexOf('-----BEGIN '))).match(/^Key Usage: .*$/m)?.[0] ?? '';
	if (found === usage.trimEnd()) return;
	throw new Problem(
		'key-file',
		`${path} is a key for another use (${found === '' ? 'it signs' : found}): name the key that was made for this.`,
	);
};

const readKey = async (folder: string, name: string, usage: string, options: FileKeyOptions): Promise<KeyObject> => {
	const path = keyFileOf(folder, name);
	await requirePrivate(folder);
	const pem = await readPrivate(path);
	requireUsage(path, pem, usage);
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
