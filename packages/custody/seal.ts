import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { Problem } from '@keyward/core';
import { writeDurably } from './durable-file.ts';
import { makeFolder } from './make-folder.ts';
import { readPrivate } from './private-file.ts';

/**
 * The passphrase that private keys of a key folder are encrypted under: 256 random bits as base64url text, one line.
 *
 * It holds against a thief of the key files or of the database without it: a backup, a copied folder, a wrong upload. It
 * does not hold against a thief of the whole disk while it lies on that disk, nor against a program that runs as this user. Put
 * it elsewhere (another medium, a secret store's mount) to hold against the disk's thief too.
 */
export const sealFileOf = (keyFolder: string): string => join(dirname(keyFolder), 'seal.key');

/** Reads the seal, making it first when it is absent. Throws `Problem('key-file')`. */
export const openOrMakeSeal = async (path: string): Promise<string> => {
	await makeFolder(dirname(path));
	await writeDurably(path, `${randomBytes(32).toString('base64url')}\n`, 'keep');
	return openSeal(path);
};

/** Throws `Problem('key-file')`. */
export const openSeal = async (path: string): Promise<string> => {
	const seal = (await readPrivate(path)).trim();
	if (seal.length < 43) throw new Problem('key-file', `${path} holds no seal: put back the file that was there.`);
	return seal;
};
