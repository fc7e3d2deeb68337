import { hash } from 'node:crypto';
import { join } from 'node:path';
import type { Hardware } from '@keyward/agent';
import { Problem } from '@keyward/core';
import type { Signer } from '@keyward/core/port';
import { type Change, type FileMap, firstOlder, newestOfEach, signedPart } from '@keyward/owner';
import {
	type KeyPlace,
	makeSigningKey,
	openSigningKey,
	readJsonFile,
	requirePlace,
	writeJsonFile,
} from './signing-key.ts';

/** What a signer's machine keeps beside its key. */
interface OwnerRecord extends KeyPlace {
	readonly version: 1;
	/** SHA-256 of what root version 1 says, without its signatures: the owner that this machine signs for. Null before the first. */
	readonly root: string | null;
	/** The highest number of a roster that it signed, by application. */
	readonly signed: Readonly<Record<string, number>>;
}

const RECORD = 'owner.json';
const KEY = 'keyward-owner';
/** What this machine signed last of each role. */
const SIGNED = 'signed.json';

/** The folder of one signer of an owner. */
export interface OwnerFolder {
	readonly folder: string;
	readonly record: OwnerRecord;
	readonly signer: Signer;
}

/** Opens the folder, and makes its key first where there is none. Throws what the key's place does, and `Problem('key-file')` for another place than the folder's. */
export const openOrMakeOwner = async (
	folder: string,
	hardware: Hardware | undefined,
	key: string | undefined,
): Promise<OwnerFolder> => {
	const known = await readRecord(folder);
	if (known !== null) {
		requirePlace(folder, known, { ...(hardware !== undefined && { hardware }), ...(key !== undefined && { key }) });
		return openOwner(folder);
	}
	const record: OwnerRecord = {
		version: 1,
		...(hardware !== undefined && { hardware }),
		...{ key: key ?? KEY, root: null, signed: {} },
	};
	await makeSigningKey(folder, record);
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
	return { folder, record, signer: await openSigningKey(folder, record) };
};

/**
 * The owner of these files must be the one that this machine signs for, and nothing older than what it signed before may pass for the
 * state of today. Throws `Problem('owner-not-trusted')`, `Problem('roster-refused')`.
 */
export const requireOwnRoot = ({ record }: OwnerFolder, files: FileMap): void => {
	const first = files['1.root.json'];
	if (record.root === null || (first !== undefined && signedPart(first) === record.root)) return;
	throw new Problem(
		'owner-not-trusted',
		'This is of another owner than the one that this key signs for: nothing was signed.',
	);
};

/**
 * The change as it is to be shown: against what this key signed last, where that is newer than what the change begins with. Threat: a
 * change that begins with an earlier roster, in which a reader still is whom this signer has taken off, would show as no change. Throws
 * `Problem('roster-refused')` for a change of something that this key signed a later one of.
 */
export const besideSigned = async ({ folder }: OwnerFolder, change: Change): Promise<Change> => {
	const signed = await readSigned(folder);
	// The first of an owner begins with nothing, and all of it is shown.
	if (Object.keys(change.base).length === 0) return change;
	const older = firstOlder(change.files, signed);
	if (older !== null)
		throw new Problem('roster-refused', `${older} is older than what this key signed before: nothing was signed.`);
	return { base: newestOfEach({ ...signed, ...change.base }), files: change.files };
};

const readSigned = async (folder: string): Promise<FileMap> =>
	((await readJsonFile(join(folder, SIGNED))) ?? {}) as FileMap;

/** Remembers which owner, and up to which roster, this machine signed for. */
export const rememberSigned = async (
	{ folder, record }: OwnerFolder,
	files: FileMap,
	numbers: Readonly<Record<string, number>>,
): Promise<void> => {
	const first = files['1.root.json'];
	const root = first === undefined ? record.root : signedPart(first);
	await writeJsonFile(join(folder, SIGNED), newestOfEach({ ...(await readSigned(folder)), ...files }));
	await write(folder, { ...record, root, signed: { ...record.signed, ...numbers } });
};

/** SHA-256 of root.json version 1 as it is in force: what devices and readers pin. */
export const pinOf = (files: FileMap): string => hash('sha256', files['1.root.json'] ?? '');

const write = (folder: string, record: OwnerRecord): Promise<boolean> => writeJsonFile(join(folder, RECORD), record);

const readRecord = async (folder: string): Promise<OwnerRecord | null> =>
	(await readJsonFile(join(folder, RECORD))) as OwnerRecord | null;
