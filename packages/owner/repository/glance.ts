import { parseRoster, type Roster } from '@keyward/core/seal/roster';
import { releasePattern } from '@keyward/core/update/release-target';
import { hash } from 'node:crypto';
import { type Instant, Problem } from '@keyward/core';
import type { Targets } from '@tufjs/models';
import { parseRoot, parseTargets } from './metadata.ts';
import { applicationOf, metadataFile, readMetadataName, releasesOf, rosterTarget, targetFile } from './names.ts';
import { partsIn, releasesIn, type SignedFile, type SignedRelease, vendorsIn, type Vendor } from './releases.ts';
import { type FileMap, newestVersion } from './verify.ts';

// What files say, verified or not: to show a person before signing. Nothing is decided on it.

/** The newest root of these files, in short. */
export interface RootGlance {
	readonly version: number;
	readonly threshold: number;
	/** Ids of the keys that sign offline. */
	readonly keys: readonly string[];
	readonly online: string;
	readonly expires: Instant;
}

export const readRoots = (files: FileMap): RootGlance | null => {
	const version = newestVersion(files, 'root');
	if (version === 0) return null;
	const file = metadataFile('root', version);
	const { roles, expires } = parseRoot(files[file] ?? '', file).signed;
	const { threshold = 0, keyIDs = [] } = roles['root'] ?? {};
	return {
		version,
		threshold,
		keys: keyIDs,
		online: roles['timestamp']?.keyIDs[0] ?? '',
		expires: Date.parse(expires),
	};
};

/** The newest roster of each application. Throws `Problem('roster-malformed')`. */
export const rostersIn = (files: FileMap): Map<string, Roster> => {
	const rosters = new Map<string, Roster>();
	const roles = new Set(Object.keys(files).flatMap((file) => readMetadataName(file)?.role ?? []));
	for (const role of roles) {
		const application = applicationOf(role);
		if (application === null) continue;
		const file = metadataFile(role, newestVersion(files, role));
		const path = rosterTarget(application);
		const { targets } = parseTargets(files[file] ?? '', file).signed;
		const sha256 = targets[path]?.hashes['sha256'] ?? '';
		const text = files[targetFile(path, sha256)] ?? '';
		// What is shown must be what is signed: the signature covers the hash alone.
		if (hash('sha256', text) !== sha256 || Object.keys(targets).length !== 1)
			throw unfit(`the contents of ${path} are not what would be signed`);
		rosters.set(application, parseRoster(new TextEncoder().encode(text)));
	}
	return rosters;
};

/** What a change says of an application's releases. */
export interface ReleasesGlance {
	readonly expires: Instant;
	readonly releases: readonly SignedRelease[];
	readonly vendors: readonly (Pick<Vendor, 'name' | 'patterns' | 'threshold' | 'keys'> & {
		readonly parts: readonly SignedFile[];
	})[];
}

/** The newest releases of each application. Throws `release-malformed`, `roster-refused`. */
export const releasesShownIn = (files: FileMap): Map<string, ReleasesGlance> => {
	const shown = new Map<string, ReleasesGlance>();
	const roles = new Set(Object.keys(files).flatMap((file) => readMetadataName(file)?.role ?? []));
	const newestOf = (role: string): Targets => {
		const file = metadataFile(role, newestVersion(files, role));
		return parseTargets(files[file] ?? '', file).signed;
	};
	for (const role of roles) {
		const of = releasesOf(role);
		if (of === null || of.vendor !== null) continue;
		const signed = newestOf(role);
		const vendors = vendorsIn(signed, of.application).map((vendor) => ({
			...vendor,
			parts: roles.has(vendor.role) ? partsIn(newestOf(vendor.role), vendor) : [],
		}));
		const releases = releasesIn(signed, of.application);
		shown.set(of.application, { expires: Date.parse(signed.expires), releases, vendors });
	}
	// What a vendor signs that nobody names would be shown to nobody.
	const stray = [...roles].find((role) => {
		const of = releasesOf(role);
		if (of === null || of.vendor === null) return false;
		return shown.get(of.application)?.vendors.some(({ name }) => name === of.vendor) !== true;
	});
	if (stray !== undefined) throw unfit(`${stray} is named by no releases`);
	return shown;
};

/**
 * What cannot be shown in words is not signed: in a list of rosters every role is signed by the root's own keys, as many of them, and
 * signs one roster; nothing else is in it. A change that came from elsewhere could otherwise hide a key of its manufacturer there. Throws
 * `Problem('roster-refused')`.
 */
export const requireShown = (files: FileMap): void => {
	const root = readRoots(files);
	const version = newestVersion(files, 'targets');
	if (root === null || version === 0) throw unfit('it has no root, or no list of rosters');
	const file = metadataFile('targets', version);
	const { targets, delegations } = parseTargets(files[file] ?? '', file).signed;
	if (Object.keys(targets).length > 0) throw unfit('its list of rosters has other targets');
	for (const { name, paths, terminating, threshold, keyIDs } of Object.values(delegations?.roles ?? {})) {
		const releases = releasesOf(name);
		const application = applicationOf(name) ?? releases?.application ?? null;
		const path = releases === null ? rosterTarget(application ?? '') : releasePattern(application ?? '');
		const own = keyIDs.length === root.keys.length && keyIDs.every((id) => root.keys.includes(id));
		if (!own || threshold !== root.threshold) throw unfit(`${name} would be signed by other keys than the root's`);
		if (
			application === null ||
			(releases?.vendor ?? null) !== null ||
			paths?.length !== 1 ||
			paths[0] !== path ||
			!terminating
		)
			throw unfit(`the role ${name} is for more than one application's roster or releases`);
	}
	for (const [id, key] of Object.entries(delegations?.keys ?? {}))
		if (!root.keys.includes(id) || rootKey(files, root, id) !== key.keyVal['public'])
			throw unfit(`${id} stands for another key`);
};

const rootKey = (files: FileMap, { version }: RootGlance, id: string): string | undefined => {
	const file = metadataFile('root', version);
	return parseRoot(files[file] ?? '', file).signed.keys[id]?.keyVal['public'];
};

const unfit = (why: string): Problem => new Problem('roster-refused', `This change is not signed: ${why}.`);
