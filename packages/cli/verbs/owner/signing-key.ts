import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Hardware } from '@keyward/agent';
import { openKeyStore } from '@keyward/agent/key-store';
import { Problem } from '@keyward/core';
import type { Signer } from '@keyward/core/port';
import { makeFolder, writeDurably } from '@keyward/custody';
import { describeCustody } from '../hardware.ts';

/** Where the key of a person who signs is; what the folder keeps beside it says so. */
export interface KeyPlace {
	/** Left out where the key is in a file. */
	readonly hardware?: Hardware;
	/** Name of the key where it lives. */
	readonly key: string;
}

/**
 * Makes the key where there is none. Throws what the place does, and `Problem('token-key')` for a key that was there before and could
 * have been elsewhere: a stolen copy would sign as this person.
 */
export const makeSigningKey = async (folder: string, { hardware, key }: KeyPlace): Promise<void> => {
	await makeFolder(folder);
	const store = await openKeyStore(resolve(folder), hardware, {});
	if (hardware?.custody === 'pkcs11') {
		const made = await store.openOrMake(key);
		await made[Symbol.asyncDispose]();
	} else if (!(await store.has(key))) await store.create(key, 'P-256');
};

export const openSigningKey = async (folder: string, { hardware, key }: KeyPlace): Promise<Signer> => {
	const store = await openKeyStore(resolve(folder), hardware, {});
	return store.open(key);
};

/** Who asks for hardware is not to sign with a file, nor with another part, unseen. Throws `Problem('key-file')`. */
export const requirePlace = (folder: string, known: KeyPlace, { hardware, key }: Partial<KeyPlace>): void => {
	if (hardware === undefined) return;
	if (isDeepStrictEqual(hardware, known.hardware) && (key === undefined || key === known.key)) return;
	throw new Problem(
		'key-file',
		`The key of ${folder} is ${known.key} in ${describeCustody(known.hardware, false)}: leave --custody out to use it, or name another folder.`,
	);
};

/** Null where the folder has none. */
export const readJsonFile = async (file: string): Promise<unknown> => {
	const text = await readFile(file, 'utf8').catch((error: unknown) => {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
		throw error;
	});
	if (text === null) return null;
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw new Problem('key-file', `${file} is damaged: bring it back from a backup.`, { cause });
	}
};

export const writeJsonFile = (file: string, value: unknown): Promise<boolean> =>
	writeDurably(file, `${JSON.stringify(value, null, '\t')}\n`, 'replace');

const COMMANDER = 'commander';

/** A commander's key, made where there is none; `commander.json` in the folder says where it is. */
export const openOrMakeCommander = async (folder: string, asked: Partial<KeyPlace>): Promise<Signer> => {
	const record = join(folder, 'commander.json');
	const known = (await readJsonFile(record)) as KeyPlace | null;
	if (known !== null) {
		requirePlace(folder, known, asked);
		return openSigningKey(folder, known);
	}
	const { hardware, key = COMMANDER } = asked;
	const place = { ...(hardware !== undefined && { hardware }), key };
	await makeSigningKey(folder, place);
	await writeJsonFile(record, place);
	return openSigningKey(folder, place);
};
