import { releasePattern } from '@keyward/core/update';
import { type Key, Metadata, type Root, Targets } from '@tufjs/models';
import { SPEC_VERSION, writeMetadata } from './metadata.ts';
import { metadataFile, releasesOf } from './names.ts';
import type { Repository } from './repository.ts';
import { tufKey } from './tuf-key.ts';
import type { FileMap } from './verify.ts';

/** Which of the owner's keys sign offline, and how many of them must. */
export interface OfflineKeys {
	/** SubjectPublicKeyInfo, DER. */
	readonly keys: readonly Uint8Array[];
	readonly threshold: number;
}

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
export const namingRole = ({ root, targets }: Repository, role: string): FileMap => {
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
