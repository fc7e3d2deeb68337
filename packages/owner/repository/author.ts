import { hash } from 'node:crypto';
import { type Instant, Problem } from '@keyward/core';
import type { Milliseconds } from '@keyward/core';
import { Metadata, Root, TargetFile, Targets } from '@tufjs/models';
import { releasesAgain } from './author-release.ts';
import { metadataFile, rosterRole, rosterTarget, targetFile } from './names.ts';
import { SPEC_VERSION, tufTime, writeMetadata } from './metadata.ts';
import { type Repository, requireRosterOf, type RosterInForce } from './repository.ts';
import { type FileMap, newestVersion } from './verify.ts';
import { namingRole, type OfflineKeys, targetsOf } from './role-list.ts';
import { tufKey } from './tuf-key.ts';

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
	const roles = Object.values(repository.targets.signed.delegations?.roles ?? {}).map(({ name }) => name);
	const next = repository.targets.signed.version + 1;
	const expires = tufTime(terms.now + terms.lasts);
	const rosters = Array.from(repository.rosters, ([application, roster]): [string, string] => [
		metadataFile(rosterRole(application), roster.version + 1),
		writeMetadata(roleOf(roster, roster.version + 1)),
	]);
	return {
		[metadataFile('root', version)]: writeMetadata(rootOf(terms, version)),
		[metadataFile('targets', next)]: writeMetadata(targetsOf(terms, roles, next, expires)),
		...Object.fromEntries(rosters),
		...releasesAgain(repository),
	};
};

/** What a roster's role signs: its contents and nothing else. */
export const roleOf = (
	{ text, hash: sha256, roster: { application, expires } }: Pick<RosterInForce, 'roster' | 'text' | 'hash'>,
	version: number,
): Metadata<Targets> => {
	const path = rosterTarget(application);
	const targets = { [path]: new TargetFile({ path, length: Buffer.byteLength(text), hashes: { sha256 } }) };
	return new Metadata(new Targets({ version, specVersion: SPEC_VERSION, expires: tufTime(expires), targets }));
};

export const rootOf = ({ keys, threshold, online, now, lasts }: RootTerms, version: number): Metadata<Root> => {
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
