import { hash } from 'node:crypto';
import { type Instant, Problem } from '@keyward/core';
import type { Milliseconds } from '@keyward/core';
import { type Key, Metadata, Root, TargetFile, Targets } from '@tufjs/models';
import { metadataFile, rosterRole, rosterTarget, targetFile } from './names.ts';
import { SPEC_VERSION, tufTime, writeMetadata } from './metadata.ts';
import { type FileMap, newestVersion, type Repository, requireRosterOf, type RosterInForce } from './repository.ts';
import { tufKey } from './tuf-key.ts';

/** Which of the owner's keys sign offline, and how many of them must. */
export interface OfflineKeys {
	/** SubjectPublicKeyInfo, DER. */
	readonly keys: readonly Uint8Array[];
	readonly threshold: number;
}

interface RootTerms extends OfflineKeys {
	/** SubjectPublicKeyInfo of the service's key for snapshot and timestamp. */
	readonly online: Uint8Array;
	readonly now: Instant;
	/** How long root and list of rosters are good. */
	readonly lasts: Milliseconds;
}

/** Root version 1 and the empty list of rosters, not signed yet. Throws `Problem('request-malformed')`, `Problem('key-form')`. */
export const beginRepository = (terms: RootTerms): FileMap => {
	const targets = new Metadata(
		new Targets({ version: 1, specVersion: SPEC_VERSION, expires: tufTime(terms.now + terms.lasts), targets: {} }),
	);
	return {
		[metadataFile('root', 1)]: writeMetadata(rootOf(terms, 1)),
		[metadataFile('targets', 1)]: writeMetadata(targets),
	};
};

/**
 * The next root, with other keys or later expiry; and, to be signed by its keys, the list of rosters and each roster as it is: what
 * keys that are gone have signed counts no longer.
 */
export const rotateRoot = (repository: Repository, terms: RootTerms): FileMap => {
	const version = repository.root.signed.version + 1;
	const applications = Object.values(repository.targets.signed.delegations?.roles ?? {}).map(({ name }) => name);
	const next = repository.targets.signed.version + 1;
	const expires = tufTime(terms.now + terms.lasts);
	const rosters = Array.from(repository.rosters, ([application, roster]): [string, string] => [
		metadataFile(rosterRole(application), roster.version + 1),
		writeMetadata(roleOf(roster, roster.version + 1)),
	]);
	return {
		[metadataFile('root', version)]: writeMetadata(rootOf(terms, version)),
		[metadataFile('targets', next)]: writeMetadata(targetsOf(terms, applications, next, expires)),
		...Object.fromEntries(rosters),
	};
};

/** What a roster's role signs: its contents and nothing else. */
const roleOf = (
	{ text, hash: sha256, roster: { application, expires } }: Pick<RosterInForce, 'roster' | 'text' | 'hash'>,
	version: number,
): Metadata<Targets> => {
	const path = rosterTarget(application);
	const targets = { [path]: new TargetFile({ path, length: Buffer.byteLength(text), hashes: { sha256 } }) };
	return new Metadata(new Targets({ version, specVersion: SPEC_VERSION, expires: tufTime(expires), targets }));
};

const rootOf = ({ keys, threshold, online, now, lasts }: RootTerms, version: number): Metadata<Root> => {
	requireThreshold({ keys, threshold });
	const root = new Root({
		version,
		specVersion: SPEC_VERSION,
		expires: tufTime(now + lasts),
		consistentSnapshot: true,
	});
	const offline = keys.map(tufKey);
	const onlineKey = tufKey(online);
	if (offline.some(({ keyID }) => keyID === onlineKey.keyID))
		throw new Problem(
			'request-malformed',
			"The service's key cannot be one of the owner's: a thief of it could then sign rosters.",
		);
	for (const role of ['root', 'targets']) for (const key of offline) root.addKey(key, role);
	for (const role of ['snapshot', 'timestamp']) root.addKey(onlineKey, role);
	const json = root.toJSON() as { roles: Record<string, { threshold: number }> };
	for (const role of ['root', 'targets'] as const) Object.assign(json.roles[role] ?? {}, { threshold });
	return new Metadata(Root.fromJSON(json));
};

/** Throws `Problem('request-malformed')` for a threshold that cannot be met, or one key given twice. */
const requireThreshold = ({ keys, threshold }: OfflineKeys): void => {
	const ids = new Set(keys.map((key) => tufKey(key).keyID));
	if (ids.size !== keys.length)
		throw new Problem('request-malformed', 'The same key is given twice: a threshold counts different keys.');
	if (!Number.isSafeInteger(threshold) || threshold < 1 || threshold > keys.length)
		throw new Problem(
			'request-malformed',
			`${threshold} of ${keys.length} keys cannot sign: give a threshold from 1 to ${keys.length}.`,
		);
};

const targetsOf = (
	{ keys, threshold }: OfflineKeys,
	roles: readonly string[],
	version: number,
	expires: string,
): Metadata<Targets> => {
	const offline = keys.map(tufKey);
	const json = {
		_type: 'targets',
		spec_version: SPEC_VERSION,
		version,
		expires,
		targets: {},
		delegations: {
			keys: Object.fromEntries(offline.map((key) => [key.keyID, key.toJSON()])),
			roles: roles.map((name) => ({
				name,
				keyids: offline.map(({ keyID }) => keyID),
				threshold,
				terminating: true,
				paths: [`${name}.json`],
			})),
		},
	};
	return new Metadata(Targets.fromJSON(json));
};

/**
 * The next roster of an application, not signed yet: its contents, its role's next version, and, for the first of an application, a
 * list of rosters that names the role. Throws `Problem('roster-malformed')`.
 */
export const prepareRoster = (repository: Repository, application: string, text: string): FileMap => {
	const roster = requireRosterOf(text, application);
	const role = rosterRole(application);
	const path = rosterTarget(application);
	const sha256 = hash('sha256', text);
	const version =
		Math.max(repository.rosters.get(application)?.version ?? 0, newestVersion(repository.files, role)) + 1;
	return {
		...namingRole(repository, role),
		[metadataFile(role, version)]: writeMetadata(roleOf({ roster, text, hash: sha256 }, version)),
		[targetFile(path, sha256)]: text,
	};
};

/** The next list of rosters where this one does not name the role; nothing where it does. */
const namingRole = ({ root, targets }: Repository, role: string): FileMap => {
	const named = Object.values(targets.signed.delegations?.roles ?? {}).map(({ name }) => name);
	if (named.includes(role)) return {};
	const keys = offlineKeysOf(root);
	const next = targets.signed.version + 1;
	return {
		[metadataFile('targets', next)]: writeMetadata(targetsOf(keys, [...named, role], next, targets.signed.expires)),
	};
};

/** The owner's keys, as the root names them for its own role. */
export const offlineKeysOf = ({ signed }: Metadata<Root>): OfflineKeys => {
	const { keyIDs = [], threshold = 1 } = signed.roles['root'] ?? {};
	return { threshold, keys: keyIDs.flatMap((id) => spkiOf(signed.keys[id])) };
};

const spkiOf = (key: Key | undefined): Uint8Array[] => {
	const pem = key?.keyVal['public'];
	return pem === undefined ? [] : [Uint8Array.from(Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64'))];
};
