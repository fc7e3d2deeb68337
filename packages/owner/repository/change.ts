import { hash } from 'node:crypto';
import { Problem } from '@keyward/core';
import type { Signer } from '@keyward/core/port';
import { releaseRole } from '@keyward/core/update/release-target';
import { canonicalize } from '@tufjs/canonical-json';
import type { Metadata, Root, Targets } from '@tufjs/models';
import { addSignature, parseRoot, parseTargets, writeMetadata } from './metadata.ts';
import { metadataFile, readMetadataName, releasesOf } from './names.ts';
import { requireOneForm } from './one-form.ts';
import type { FileMap } from './verify.ts';
import { tufKey } from './tuf-key.ts';

/** A change that the owner's signers sign one after another, carried between their machines in one file. */
export interface Change {
	/** What was in force when it was prepared: each signer verifies it from the root that it pinned. Empty before the first. */
	readonly base: FileMap;
	/** What it adds: metadata, perhaps with some signatures already, and contents of rosters. */
	readonly files: FileMap;
}

/** What one piece of metadata in a change still needs. */
export interface Missing {
	readonly file: string;
	/** In whose name it is signed: a new root is signed by the keys of the old one as well. */
	readonly by: 'root' | 'root-before' | 'targets';
	readonly have: number;
	readonly need: number;
	/** Ids of the keys that could still sign. */
	readonly keys: readonly string[];
}

const TYPE = 'keyward-owner-change';

export const writeChange = ({ base, files }: Change): string =>
	`${JSON.stringify({ type: TYPE, version: 1, base, files }, null, '\t')}\n`;

/** Throws `Problem('request-malformed')` for a file that is no change. */
export const parseChange = (text: string): Change => {
	try {
		const value: unknown = JSON.parse(text);
		if (
			typeof value === 'object' &&
			value !== null &&
			'type' in value &&
			value.type === TYPE &&
			'version' in value &&
			value.version === 1
		) {
			const { base, files, ...rest } = value as Partial<Change> & { type?: string; version?: number };
			if (isFiles(base) && isFiles(files) && Object.keys(rest).length === 2) return { base, files };
		}
	} catch {
		// Said below.
	}
	throw new Problem(
		'request-malformed',
		'This file is no change of an owner: keyward roster prepare or keyward owner init writes one.',
	);
};

const isFiles = (value: unknown): value is FileMap =>
	typeof value === 'object' &&
	value !== null &&
	!Array.isArray(value) &&
	Object.values(value).every((text) => typeof text === 'string');

/** Which signatures the change still needs; none when it can be put in force. */
export const missingSignatures = (change: Change): Missing[] =>
	signable(change).flatMap(({ file, metadata, authorities }) =>
		authorities.flatMap(({ by, keys, threshold }) => {
			const good = keys.filter(({ keyID }) => isGood(keys, keyID, metadata));
			if (good.length >= threshold) return [];
			const open = keys.filter((key) => !good.includes(key)).map(({ keyID }) => keyID);
			return [{ file, by, have: good.length, need: threshold, keys: open }];
		}),
	);

/** The change with this signer's signatures where its key is asked for. Throws `Problem('owner-not-trusted')` where it is nowhere, and what `requireOneForm` does. */
export const signChange = async (change: Change, signer: Signer): Promise<Change> => {
	const { keyID } = tufKey(signer.publicKey);
	const files: Record<string, string> = { ...change.files };
	let asked = false;
	requireOneForm(change.base, change.files);
	for (const { file, metadata, authorities } of signable(change)) {
		if (!authorities.some(({ keys }) => keys.some((key) => key.keyID === keyID))) continue;
		asked = true;
		await addSignature(metadata, signer);
		files[file] = writeMetadata(metadata);
	}
	if (!asked) throw new Problem('owner-not-trusted', `The key ${keyID} is not one of the owner's: nothing was signed.`);
	return { base: change.base, files };
};

interface Authority {
	readonly by: Missing['by'];
	readonly keys: readonly Key[];
	readonly threshold: number;
}

type Key = ReturnType<typeof tufKey>;

interface Signable {
	readonly file: string;
	readonly metadata: Metadata<Root> | Metadata<Targets>;
	readonly authorities: readonly Authority[];
}

/** Every piece of metadata that the change adds, and who is to sign it. */
const signable = ({ base, files }: Change): Signable[] => {
	const all = { ...base, ...files };
	const roots = versions(all, 'root');
	const root = parseAt(all, 'root', Math.max(...roots), parseRoot);
	if (root === null) throw new Problem('request-malformed', 'This change has no root: prepare it again.');
	const targets = parseAt(all, 'targets', Math.max(0, ...versions(all, 'targets')), parseTargets);
	return Object.keys(files).flatMap((file): Signable[] => {
		const name = readMetadataName(file);
		if (name === null) return [];
		if (name.role === 'root') {
			const metadata = parseRoot(files[file] ?? '', file);
			const before = parseAt(all, 'root', name.version - 1, parseRoot);
			const own = authorityOf(metadata, 'root', 'root');
			return [
				{ file, metadata, authorities: before === null ? [own] : [own, authorityOf(before, 'root', 'root-before')] },
			];
		}
		const metadata = parseTargets(files[file] ?? '', file);
		const authority =
			name.role === 'targets'
				? authorityOf(root, 'targets', 'targets')
				: delegated(delegator(all, targets, name.role), name.role);
		return [{ file, metadata, authorities: [authority] }];
	});
};

const authorityOf = ({ signed }: Metadata<Root>, role: string, by: Missing['by']): Authority => {
	const { keyIDs = [], threshold = 1 } = signed.roles[role] ?? {};
	return { by, threshold, keys: keyIDs.flatMap((id) => signed.keys[id] ?? []) };
};

/** Who names the role: for a vendor's the releases of its application, for any other the list of rosters and releases. */
const delegator = (all: FileMap, targets: Metadata<Targets> | null, role: string): Metadata<Targets> | null => {
	const of = releasesOf(role);
	if (of === null || of.vendor === null) return targets;
	const releases = releaseRole(of.application);
	return parseAt(all, releases, Math.max(0, ...versions(all, releases)), parseTargets);
};

const delegated = (targets: Metadata<Targets> | null, role: string): Authority => {
	const { keyIDs = [], threshold = 1 } = targets?.signed.delegations?.roles?.[role] ?? {};
	return { by: 'targets', threshold, keys: keyIDs.flatMap((id) => targets?.signed.delegations?.keys[id] ?? []) };
};

const isGood = (keys: readonly Key[], id: string, metadata: Metadata<Root> | Metadata<Targets>): boolean => {
	try {
		keys.find(({ keyID }) => keyID === id)?.verifySignature(metadata);
		return metadata.signatures[id] !== undefined;
	} catch {
		return false;
	}
};

const versions = (files: FileMap, role: string): number[] =>
	Object.keys(files)
		.map(readMetadataName)
		.flatMap((name) => (name?.role === role ? [name.version] : []));

const parseAt = <Value>(
	files: FileMap,
	role: string,
	version: number,
	parse: (text: string, file: string) => Value,
): Value | null => {
	const file = metadataFile(role, version);
	const text = files[file];
	return text === undefined ? null : parse(text, file);
};

/** What a change leads to once it is in force: the files of both. */
export const filesAfter = ({ base, files }: Change): FileMap => ({ ...base, ...files });

/** SHA-256 of what root metadata says, without its signatures, lower-case hex: the same for each of its signers. */
export const signedPart = (text: string): string =>
	hash('sha256', canonicalize(parseRoot(text, '1.root.json').signed.toJSON()));
