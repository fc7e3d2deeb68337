import { type Instant, Problem } from '@keyward/core';
import { type Release, writeRelease } from '@keyward/core/update/release';
import { releaseRole, releaseTarget, vendorPattern, vendorRole } from '@keyward/core/update/release-target';
import { Metadata, Targets } from '@tufjs/models';
import { SPEC_VERSION, tufTime, writeMetadata } from './metadata.ts';
import { metadataFile } from './names.ts';
import type { Repository } from './repository.ts';
import type { SignedFile } from './releases.ts';
import { namingRole } from './role-list.ts';
import { tufKey } from './tuf-key.ts';
import { type FileMap, newestVersion } from './verify.ts';

type Content = Omit<SignedFile, 'path'>;

/** An image, and the files beside it that its release names. */
export interface ReleaseContents {
	readonly release: Release;
	readonly image: Content;
	readonly bom: Content | null;
	readonly boot: Content | null;
}

interface TargetsJson {
	targets: Record<string, object>;
	delegations?: { keys: Record<string, object>; roles: { name: string; paths: string[] }[] };
}

/**
 * The releases of an application with one more, not signed yet; of its class the newest `keep` stay. Throws
 * `Problem('release-refused')` for a version that there is already, and for a floor below that of an earlier one.
 */
export const prepareRelease = (
	repository: Repository,
	{ release, image, bom, boot }: ReleaseContents,
	terms: { readonly expires: Instant; readonly keep: number },
): FileMap => {
	const { application, class: className } = release;
	const before = (repository.releases.get(application)?.releases ?? []).filter(
		(one) => one.release.class === className,
	);
	if (before.some((one) => one.release.release === release.release))
		throw refuse(`there is a release ${release.release} of ${className} already: give this one another version`);
	const highest = Math.max(0, ...before.map((one) => one.release.securityFloor));
	// rollback-refused: devices that confirmed the earlier one would refuse this one for ever.
	if (release.securityFloor < highest)
		throw refuse(`its security floor ${release.securityFloor} is below ${highest}, which an earlier release has`);
	const files: [string, Content | null, object][] = [
		['image', image, { custom: writeRelease(release) }],
		['bom.json', bom, {}],
		['boot.json', boot, {}],
	];
	return nextReleases(repository, application, terms.expires, (json) => {
		for (const gone of before.slice(0, Math.max(0, before.length + 1 - terms.keep)))
			for (const file of ['image', 'bom.json', 'boot.json']) delete json.targets[releaseTarget(gone.release, file)];
		for (const [file, content, more] of files)
			if (content !== null) json.targets[releaseTarget(release, file)] = { ...target(content), ...more };
	});
};

/** The releases of an application in which a vendor may sign a part of a class by its own keys, from now on. Throws `request-malformed`. */
export const prepareVendor = (
	repository: Repository,
	application: string,
	vendor: {
		readonly name: string;
		readonly class: string;
		readonly parts: readonly string[];
		/** SubjectPublicKeyInfo, DER. */
		readonly keys: readonly Uint8Array[];
		readonly threshold: number;
	},
	expires: Instant,
): FileMap => {
	const keys = vendor.keys.map(tufKey);
	if (new Set(keys.map(({ keyID }) => keyID)).size !== keys.length || vendor.threshold > keys.length)
		throw new Problem('request-malformed', `${vendor.threshold} of ${keys.length} different keys cannot sign.`);
	const name = vendorRole(application, vendor.name);
	return nextReleases(repository, application, expires, (json) => {
		const others = (json.delegations?.roles ?? []).filter((role) => role.name !== name);
		json.delegations = {
			keys: { ...json.delegations?.keys, ...Object.fromEntries(keys.map((key) => [key.keyID, key.toJSON()])) },
			roles: [
				...others,
				...[
					{
						...{ name, keyids: keys.map(({ keyID }) => keyID), threshold: vendor.threshold, terminating: true },
						paths: vendor.parts.map((part) => vendorPattern(application, vendor.class, part)),
					},
				],
			],
		};
	});
};

/** What a vendor signs next: its parts as they were, and this one. Throws `Problem('release-refused')` where it may sign none. */
export const preparePart = (
	repository: Repository,
	part: {
		readonly application: string;
		readonly vendor: string;
		readonly class: string;
		readonly release: string;
		readonly part: string;
	},
	content: Content,
	expires: Instant,
): FileMap => {
	const role = vendorRole(part.application, part.vendor);
	const vendor = repository.releases.get(part.application)?.vendors.find((one) => one.role === role);
	if (vendor === undefined) throw refuse(`the owner has not named ${part.vendor} for ${part.application}`);
	const json = jsonOf(vendor.metadata);
	json.targets[releaseTarget(part, part.part)] = target(content);
	const version = Math.max(vendor.version, newestVersion(repository.files, role)) + 1;
	return { [metadataFile(role, version)]: written(json, version, expires) };
};

/** The releases as they are, to be signed by the keys of another root. */
export const releasesAgain = ({ releases }: Repository): FileMap =>
	Object.fromEntries(
		Array.from(releases.values(), ({ role, version, expires, metadata }) => [
			metadataFile(role, version + 1),
			written(jsonOf(metadata), version + 1, expires),
		]),
	);

const nextReleases = (
	repository: Repository,
	application: string,
	expires: Instant,
	change: (json: TargetsJson) => void,
): FileMap => {
	const role = releaseRole(application);
	const inForce = repository.releases.get(application);
	const version = Math.max(inForce?.version ?? 0, newestVersion(repository.files, role)) + 1;
	const json = jsonOf(inForce?.metadata ?? null);
	change(json);
	return { ...namingRole(repository, role), [metadataFile(role, version)]: written(json, version, expires) };
};

const target = ({ length, sha256 }: Content): object => ({ length, hashes: { sha256 } });

const jsonOf = (metadata: Metadata<Targets> | null): TargetsJson => {
	if (metadata === null) return { targets: {} };
	const { targets, delegations } = structuredClone(metadata.signed.toJSON()) as unknown as TargetsJson;
	return { targets, ...(delegations !== undefined && { delegations }) };
};

const written = (json: TargetsJson, version: number, expires: Instant): string =>
	writeMetadata(
		new Metadata(
			Targets.fromJSON({
				...{ _type: 'targets', spec_version: SPEC_VERSION, version, expires: tufTime(expires) },
				...(json as unknown as Record<string, never>),
			}),
		),
	);

const refuse = (why: string): Problem => new Problem('release-refused', `This release is not made: ${why}.`);
