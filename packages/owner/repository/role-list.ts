import { releasePattern } from '@keyward/core/update/release-target';
import { type Key, Metadata, type Root, Targets } from '@tufjs/models';
import { SPEC_VERSION, writeMetadata } from './metadata.ts';
import { applicationOf, metadataFile, releasesOf } from './names.ts';
import { tufKey } from './tuf-key.ts';
import { type FileMap, refused } from './verify.ts';

/** Which of the owner's keys sign offline, and how many of them must. */
export interface OfflineKeys {
	/** SubjectPublicKeyInfo, DER. */
	readonly keys: readonly Uint8Array[];
	readonly threshold: number;
}

/**
 * Metadata of TUF does not say which role it is of, and the same keys sign the list and what it lists: an old roster that was signed as a
 * roster would verify as the list, and stand before the newer one. So the list signs nothing itself, and each role that it names one
 * application's roster or releases. Throws `Problem('roster-refused')`.
 */
export const requireRoleList = ({ targets, delegations }: Pick<Targets, 'targets' | 'delegations'>): void => {
	const [direct] = Object.keys(targets);
	if (direct !== undefined) throw refused(`${direct} is signed by the list of rosters itself`);
	if (delegations?.succinctRoles !== undefined) throw refused('it delegates to roles without names');
	for (const { name, paths, terminating } of Object.values(delegations?.roles ?? {})) {
		const known = applicationOf(name) !== null || releasesOf(name)?.vendor === null;
		if (!known || !terminating || paths?.length !== 1 || paths[0] !== pathsOf(name))
			throw refused(`the role ${name} is not known here, or signs more than its own`);
	}
};

/** What a role of the list may sign. */
const pathsOf = (role: string): string => {
	const releases = releasesOf(role);
	return releases === null ? `${role}.json` : releasePattern(releases.application);
};

/** The list of rosters and releases: each role with the owner's keys. */
export const targetsOf = (
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
				paths: [pathsOf(name)],
			})),
		},
	};
	return new Metadata(Targets.fromJSON(json));
};

/** The next list of rosters and releases where this one does not name the role; nothing where it does. */
export const namingRole = (
	{ root, targets }: { readonly root: Metadata<Root>; readonly targets: Metadata<Targets> },
	role: string,
): FileMap => {
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

export const spkiOf = (key: Key | undefined): Uint8Array[] => {
	const pem = key?.keyVal['public'];
	return pem === undefined ? [] : [Uint8Array.from(Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64'))];
};
