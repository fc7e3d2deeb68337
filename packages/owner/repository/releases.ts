import { type Instant, Problem } from '@keyward/core';
import { readRelease, type Release } from '@keyward/core/update/release';
import {
	readReleaseTarget,
	readVendorPattern,
	releasePattern,
	releaseTarget,
} from '@keyward/core/update/release-target';
import type { Metadata, Root, TargetFile, Targets } from '@tufjs/models';
import { releasesOf } from './names.ts';
import { type FileMap, newest, refused, requireOneIdEach, requireSigned } from './verify.ts';

type DelegatedRole = NonNullable<NonNullable<Targets['delegations']>['roles']>[string];

/** A file as its signature fixes it. Its contents are elsewhere: a release is large. */
export interface SignedFile {
	/** Among the targets. */
	readonly path: string;
	readonly length: number;
	/** Lower-case hex. */
	readonly sha256: string;
}

/** An image and what is signed beside it. */
export interface SignedRelease {
	readonly release: Release;
	readonly image: SignedFile;
	readonly bom: SignedFile | null;
	readonly boot: SignedFile | null;
}

/** A vendor who signs parts, and what it signed. */
export interface Vendor {
	readonly role: string;
	readonly name: string;
	readonly patterns: readonly string[];
	readonly threshold: number;
	readonly keys: readonly string[];
	/** 0 before it signed anything. */
	readonly version: number;
	readonly parts: readonly SignedFile[];
	readonly metadata: Metadata<Targets> | null;
}

/** An application's releases as they are signed. */
export interface ReleasesInForce {
	readonly role: string;
	readonly version: number;
	readonly expires: Instant;
	/** How many different keys must sign, and of how many. */
	readonly threshold: number;
	readonly keys: readonly string[];
	readonly releases: readonly SignedRelease[];
	readonly vendors: readonly Vendor[];
	readonly metadata: Metadata<Targets>;
}

/** Verifies the releases of each application under its role's threshold, and parts under their vendors'. Throws `roster-refused`, `release-malformed`. */
export const readReleases = (files: FileMap, targets: Metadata<Targets>): Map<string, ReleasesInForce> => {
	const found = new Map<string, ReleasesInForce>();
	const direct = Object.keys(targets.signed.targets).find((path) => path.startsWith('releases/'));
	if (direct !== undefined) throw refused(`${direct} is not signed by the role of its releases`);
	for (const [name, role] of Object.entries(targets.signed.delegations?.roles ?? {})) {
		const application = releasesOf(name)?.application;
		if (application === undefined) continue;
		requireReleaseRole(role, application);
		const signed = newest(files, name);
		if (signed === null) continue;
		requireSigned(targets, name, signed.metadata);
		found.set(application, readReleasesOf(files, application, role, signed.metadata));
	}
	return found;
};

/** Throws `Problem('roster-refused')` for a role that could sign more than its application's releases. */
export const requireReleaseRole = ({ name, paths, terminating }: DelegatedRole, application: string): void => {
	if (paths?.length !== 1 || paths[0] !== releasePattern(application) || !terminating)
		throw refused(`the role ${name} signs more than the releases of ${application}`);
};

const readReleasesOf = (
	files: FileMap,
	application: string,
	{ name: role, threshold, keyIDs }: DelegatedRole,
	metadata: Metadata<Targets>,
): ReleasesInForce => ({
	...{ role, version: metadata.signed.version, expires: Date.parse(metadata.signed.expires), threshold, metadata },
	keys: [...new Set(keyIDs)],
	releases: releasesIn(metadata.signed, application),
	vendors: vendorsIn(metadata.signed, application).map((vendor) => withParts(files, vendor, metadata)),
});

/** What the role signs by itself: images, and beside each what it says there is. Throws `release-malformed`, `roster-refused`. */
export const releasesIn = ({ targets }: Targets, application: string): SignedRelease[] => {
	const left = new Set(Object.keys(targets));
	const take = (path: string): SignedFile | null => {
		const target = Object.hasOwn(targets, path) ? targets[path] : undefined;
		left.delete(path);
		return target === undefined ? null : fileOf(path, target);
	};
	const releases = Object.keys(targets)
		.filter((path) => readReleaseTarget(path)?.file === 'image')
		.map((path): SignedRelease => {
			const image = take(path);
			const target = targets[path];
			if (image === null || target === undefined) throw refused(`${path} is not there`);
			const release = readRelease(target.unrecognizedFields['custom'], path, image.length);
			if (release.application !== application) throw refused(`${path} is of another application`);
			return {
				...{ release, image },
				bom: besideOf(release, 'bom', take),
				boot: besideOf(release, 'boot', take),
			};
		});
	const [stray] = left;
	// What belongs to no image is shown to no signer, and would be served all the same.
	if (stray !== undefined) throw refused(`${stray} belongs to no release`);
	return releases;
};

/** Threat: the bill of another release beside this image (mix-and-match). */
const besideOf = (
	release: Release,
	kind: 'bom' | 'boot',
	take: (path: string) => SignedFile | null,
): SignedFile | null => {
	const path = releaseTarget(release, `${kind}.json`);
	const file = take(path);
	if ((file?.sha256 ?? null) === release[kind]) return file;
	throw refused(`${path} is not the one that the release names`);
};

export const fileOf = (path: string, { length, hashes }: TargetFile): SignedFile => {
	const sha256 = hashes['sha256'] ?? '';
	if (!/^[0-9a-f]{64}$/.test(sha256)) throw refused(`${path} has no SHA-256`);
	if (!Number.isSafeInteger(length) || length < 1) throw refused(`${path} has no length`);
	return { path, length, sha256 };
};

/** The vendors that these releases name, whatever they have signed. Throws `roster-refused` for one that could sign more than parts. */
export const vendorsIn = (
	{ delegations }: Targets,
	application: string,
): Omit<Vendor, 'version' | 'parts' | 'metadata'>[] => {
	if (delegations?.succinctRoles !== undefined) throw refused('its releases are delegated to roles without names');
	requireOneIdEach(Object.values(delegations?.keys ?? {}));
	return Object.values(delegations?.roles ?? {}).map(({ name: role, paths = [], terminating, threshold, keyIDs }) => {
		const of = releasesOf(role);
		if (of?.application !== application || of.vendor === null) throw refused(`the role ${role} is not known here`);
		// A vendor of one part must never put an image in force, or the part of another.
		if (!terminating || paths.length === 0 || paths.some((path) => readVendorPattern(application, path) === null))
			throw refused(`the role ${role} signs more than parts`);
		return { role, name: of.vendor, patterns: paths, threshold, keys: [...new Set(keyIDs)] };
	});
};

const withParts = (
	files: FileMap,
	vendor: Omit<Vendor, 'version' | 'parts' | 'metadata'>,
	by: Metadata<Targets>,
): Vendor => {
	const signed = newest(files, vendor.role);
	if (signed === null) return { ...vendor, version: 0, parts: [], metadata: null };
	requireSigned(by, vendor.role, signed.metadata);
	return {
		...vendor,
		version: signed.version,
		parts: partsIn(signed.metadata.signed, vendor),
		metadata: signed.metadata,
	};
};

/** Throws `roster-refused` for a part that is not the vendor's. */
export const partsIn = (
	{ targets, delegations }: Targets,
	{ role, patterns }: Pick<Vendor, 'role' | 'patterns'>,
): SignedFile[] => {
	if (delegations !== undefined) throw refused(`${role} delegates further`);
	return Object.entries(targets).map(([path, target]) => {
		const found = readReleaseTarget(path);
		const pattern = found === null ? '' : `releases/${found.application}/${found.class}/*/${found.file}`;
		if (!patterns.includes(pattern)) throw refused(`${role} signs ${path}, which is not its part`);
		return fileOf(path, target);
	});
};

/** Every file of these releases, images and parts alike. */
export const filesOf = ({ releases, vendors }: Pick<ReleasesInForce, 'releases' | 'vendors'>): SignedFile[] => [
	...releases.flatMap(({ image, bom, boot }) => [image, bom, boot].filter((file) => file !== null)),
	...vendors.flatMap(({ parts }) => parts),
];

/**
 * catalogue: firmware-signed. How many different offline keys must sign before a device takes an image: the least of what stands on the way from
 * the root to it, because who can rewrite one of these can name the keys of the next. A key that is online does not count.
 */
export const releaseSigners = (
	{ root, releases }: { readonly root: Metadata<Root>; readonly releases: ReadonlyMap<string, ReleasesInForce> },
	application: string,
): number => {
	const inForce = releases.get(application);
	if (inForce === undefined) return 0;
	const { roles } = root.signed;
	const online = new Set(['timestamp', 'snapshot'].flatMap((role) => roles[role]?.keyIDs ?? []));
	const offline = ({ threshold, keyIDs }: { readonly threshold: number; readonly keyIDs: readonly string[] }): number =>
		threshold - new Set(keyIDs.filter((id) => online.has(id))).size;
	const steps = [roles['root'], roles['targets'], { threshold: inForce.threshold, keyIDs: inForce.keys }];
	return Math.max(0, Math.min(...steps.map((role) => (role === undefined ? 0 : offline(role)))));
};

/** Nothing of a release goes back, and a version stands for one content (TUF 1.0.31 §5.6.4). Throws `Problem('release-refused')`. */
export const requireReleasesForward = (
	current: ReadonlyMap<string, ReleasesInForce>,
	next: ReadonlyMap<string, ReleasesInForce>,
): void => {
	const wrong = (why: string): Problem => new Problem('release-refused', `The releases are refused: ${why}.`);
	for (const [application, before] of current) {
		const after = next.get(application);
		if (after === undefined) throw wrong(`those of ${application} are gone`);
		if (after.version < before.version)
			throw wrong(`those of ${application} go back from version ${before.version} to ${after.version}`);
		const was = new Map(filesOf(before).map(({ path, sha256 }) => [path, sha256]));
		const changed = filesOf(after).find(({ path, sha256 }) => (was.get(path) ?? sha256) !== sha256);
		if (changed !== undefined)
			throw wrong(`${changed.path} was released with other contents: give what was changed a new version`);
		for (const { role, version } of before.vendors) {
			const now = after.vendors.find((vendor) => vendor.role === role);
			if (now !== undefined && now.version < version)
				throw wrong(`those of ${role} go back from version ${version} to ${now.version}`);
		}
	}
};
