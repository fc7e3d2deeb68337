import { Problem } from '@keyward/core';
import type { Key, Metadata, Root, Targets } from '@tufjs/models';
import { parseTargets, said } from './metadata.ts';
import { metadataFile, readMetadataName } from './names.ts';

/** Files of a repository by their names in it, as text. */
export type FileMap = Readonly<Record<string, string>>;

/** TUF §4.2: one key under two ids would count twice towards a threshold. */
export const requireOneIdEach = (keys: readonly Key[]): void => {
	const publics = new Set(keys.map(({ keyVal }) => keyVal['public']?.trim()));
	if (publics.size !== keys.length || publics.has(undefined)) throw refused('it names one key twice');
};

/** Throws `Problem('roster-refused')` with how many signatures there are and how many there must be. */
export const requireSigned = (
	by: Metadata<Root> | Metadata<Targets>,
	role: string,
	metadata: Metadata<Root> | Metadata<Targets>,
): void => {
	try {
		by.verifyDelegate(role, metadata);
	} catch (error) {
		throw new Problem('roster-refused', `The owner's repository is refused: ${said(error)}.`, { cause: error });
	}
};

/** The highest version of a role that is there; null without any. */
export const newest = (
	files: FileMap,
	role: string,
): { readonly metadata: Metadata<Targets>; readonly version: number } | null => {
	const version = newestVersion(files, role);
	if (version === 0) return null;
	const file = metadataFile(role, version);
	const metadata = parseTargets(files[file] ?? '', file);
	if (metadata.signed.version !== version) throw refused(`${file} says that it is version ${metadata.signed.version}`);
	return { metadata, version };
};

/** 0 when there is none. */
export const newestVersion = (files: FileMap, role: string): number =>
	Math.max(
		0,
		...Object.keys(files)
			.map(readMetadataName)
			.map((name) => (name?.role === role ? name.version : 0)),
	);

export const refused = (why: string): Problem =>
	new Problem('roster-refused', `The owner's repository is refused: ${why}.`);
