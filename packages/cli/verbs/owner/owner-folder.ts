import { hash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Hardware, openKeyStore } from '@keyward/agent';
import { Problem } from '@keyward/core';
import type { Signer } from '@keyward/core/port';
import { writeDurably } from '@keyward/custody';
import { type FileMap, signedPart } from '@keyward/owner';

/** What a signer's machine keeps beside its key. */
interface OwnerRecord {
	readonly version: 1;
	readonly hardware?: Hardware;
	/** Name of the key where it lives. */
	readonly key: string;
	/** SHA-256 of what root version 1 says, without its signatures: the owner that this machine signs for. Null before the first. */
	readonly root: string | null;
	/** The highest number of a roster that it signed, by application. */
	readonly signed: Readonly<Record<string, number>>;
}

const RECORD = 'owner.json';
const KEY = 'keyward-owner';

/** The folder of one signer of an owner. */
export interface OwnerFolder {
	readonly folder: string;
	readonly record: OwnerRecord;
	readonly signer: Signer;
}

/** Opens the folder, and makes its key first where there is none. Throws what the key's place does. */
export const openOrMakeOwner = async (
	folder: string,
	hardware: Hardware | undefined,
	key: string | undefined,
): Promise<OwnerFolder> => {
	const known = await readRecord(folder);
	if (known !== null) return openOwner(folder);
	await mkdir(folder, { recursive: true, mode: 0o700 });
	const record: OwnerRecord = {
		version: 1,
		...(hardware !== undefined && { hardware }),
		...{ key: key ?? KEY, root: null, signed: {} },
	};
	const store = openKeyStore(resolve(folder), hardware, {});
	if (!(await store.has(record.key))) await store.create(record.key, 'P-256');
	await write(folder, record);
	return openOwner(folder);
};

/** Throws `Problem('key-file')` when the folder is no signer's. */
export const openOwner = async (folder: string): Promise<OwnerFolder> => {
	const record = await readRecord(folder);
	if (record === null)
		throw new Problem(
			'key-file',
			`There is no key of an owner in ${folder}: make one with keyward owner init or keyward owner key.`,
		);
	const signer = await openKeyStore(resolve(folder), record.hardware, {}).open(record.key);
	return { folder, record, signer };
};

/**
 * The owner of these files must be the one that this machine signs for, and nothing older than what it signed before may pass for the
 * state of today. Throws `Problem('owner-not-trusted')`, `Problem('roster-refused')`.
 */
export const requireOwnRoot = ({ record }: OwnerFolder, files: FileMap): void => {
	const first = files['1.root.json'];
	if (record.root === null || first === undefined || signedPart(first) === record.root) return;
	throw new Problem(
		'owner-not-trusted',
		'This is of another owner than the one that this key signs for: nothing was signed.',
	);
};

/** Remembers which owner, and up to which roster, this machine signed for. */
export const rememberSigned = async (
	{ folder, record }: OwnerFolder,
	files: FileMap,
	numbers: Readonly<Record<string, number>>,
): Promise<void> => {
	const first = files['1.root.json'];
	const root = first === undefined ? record.root : signedPart(first);
	await write(folder, { ...record, root, signed: { ...record.signed, ...numbers } });
};

/** SHA-256 of root.json version 1 as it is in force: what devices and readers pin. */
export const pinOf = (files: FileMap): string => hash('sha256', files['1.root.json'] ?? '');

const write = (folder: string, record: OwnerRecord): Promise<boolean> =>
	writeDurably(join(folder, RECORD), `${JSON.stringify(record, null, '\t')}\n`, 'replace');

const readRecord = async (folder: string): Promise<OwnerRecord | null> => {
	const text = await readFile(join(folder, RECORD), 'utf8').catch((error: unknown) => {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
		throw error;
	});
	return text === null ? null : (JSON.parse(text) as OwnerRecord);
};
