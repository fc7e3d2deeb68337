import { hash } from 'node:crypto';
import { Problem } from '@keyward/core';
import { writeRelease } from '@keyward/core/update/release';
import { canonicalize } from '@tufjs/canonical-json';
import type { Key, Root, Targets } from '@tufjs/models';
import { roleOf, rootOf } from './author.ts';
import { parseRoot, parseTargets, SPEC_VERSION } from './metadata.ts';
import { applicationOf, metadataFile, readMetadataName, releasesOf, rosterTarget, targetFile } from './names.ts';
import { fileOf, releasesIn, vendorsIn } from './releases.ts';
import { requireRosterOf } from './repository.ts';
import { offlineKeysOf, spkiOf, targetsOf } from './role-list.ts';
import { tufKey } from './tuf-key.ts';
import { type FileMap, newestVersion } from './verify.ts';

/**
 * Whether all that would be signed is what these programs write of what they show, and nothing beside it. A signer sees the newest of each
 * role in words, and signs files: a second version of a role, a root whose other roles are somebody else's, a roster that delegates
 * further would be signed unseen. So each file is written once more from what is shown, and must be the same. `base` is what is in
 * force, `files` what is added. Throws `Problem('roster-refused')`, and what reading them throws.
 */
export const requireOneForm = (base: FileMap, files: FileMap): void => {
	const after = { ...base, ...files };
	const rootFile = metadataFile('root', newestVersion(after, 'root'));
	const offline = offlineKeysOf(parseRoot(after[rootFile] ?? '', rootFile));
	const seen = new Set<string>();
	for (const [file, text] of Object.entries(files)) {
		const name = readMetadataName(file);
		if (name === null) continue;
		const { role, version } = name;
		if (seen.has(role)) throw unfit(`it has two versions of ${role}, and shows one`);
		seen.add(role);
		// TUF 1.0.31 §5.3.5, §5.5.5: one that is not the next could be kept, and brought out when it suits.
		if (version !== newestVersion(base, role) + 1) throw unfit(`${file} is not the one after what is in force`);
		const { signed } = role === 'root' ? parseRoot(text, file) : parseTargets(text, file);
		const written = role === 'root' ? rootAgain(signed as Root) : targetsAgain(signed as Targets, role, after, offline);
		if (canonicalize(signed.toJSON()) !== canonicalize({ ...written, version }))
			throw unfit(`${file} says something that is not shown`);
	}
};

const rootAgain = ({ roles, keys, expires, version }: Root): object => {
	const { keyIDs = [], threshold = 1 } = roles['root'] ?? {};
	const [online] = (roles['timestamp']?.keyIDs ?? []).flatMap((id) => spkiOf(keys[id]));
	if (online === undefined) throw unfit('its root names no key for dates');
	const terms = { keys: keyIDs.flatMap((id) => spkiOf(keys[id])), threshold, online };
	return rootOf({ ...terms, now: Date.parse(expires), lasts: 0 }, version).signed.toJSON();
};

const targetsAgain = (
	signed: Targets,
	role: string,
	after: FileMap,
	offline: ReturnType<typeof offlineKeysOf>,
): object => {
	const { version, expires, delegations } = signed;
	const plain = { _type: 'targets', spec_version: SPEC_VERSION, version, expires };
	if (role === 'targets') {
		if (delegations === undefined) return { ...plain, targets: {} };
		const names = Object.values(delegations.roles ?? {}).map(({ name }) => name);
		return targetsOf(offline, names, version, expires).signed.toJSON();
	}
	const application = applicationOf(role);
	if (application !== null) {
		const path = rosterTarget(application);
		const sha256 = signed.targets[path]?.hashes['sha256'] ?? '';
		const text = after[targetFile(path, sha256)] ?? '';
		// The signature covers the hash alone.
		if (hash('sha256', text) !== sha256) throw unfit(`the contents of ${path} are not what would be signed`);
		return roleOf({ roster: requireRosterOf(text, application), text, hash: sha256 }, version).signed.toJSON();
	}
	const of = releasesOf(role);
	if (of === null) throw unfit(`nobody signs ${role} offline`);
	if (of.vendor !== null) {
		const parts = Object.entries(signed.targets).map(([path, target]) => fileOf(path, target));
		return { ...plain, targets: Object.fromEntries(parts.map((one) => [one.path, contentOf(one)])) };
	}
	const released = releasesIn(signed, of.application).flatMap(({ release, image, bom, boot }) => {
		const beside = [bom, boot].filter((one) => one !== null).map((one) => [one.path, contentOf(one)] as const);
		return [[image.path, { ...contentOf(image), custom: writeRelease(release) }] as const, ...beside];
	});
	const vendors = vendorsIn(signed, of.application);
	return {
		...plain,
		targets: Object.fromEntries<object>(released),
		...(delegations !== undefined && {
			delegations: {
				keys: Object.fromEntries(Object.values(delegations.keys).map((key) => keyAgain(key))),
				roles: vendors.map((vendor) => ({
					...{ name: vendor.role, keyids: vendor.keys, threshold: vendor.threshold },
					...{ terminating: true, paths: vendor.patterns },
				})),
			},
		}),
	};
};

const contentOf = ({ length, sha256 }: { readonly length: number; readonly sha256: string }): object => ({
	length,
	hashes: { sha256 },
});

/** Under the id that its contents give: another id could stand for it to one reader and not to the next. */
const keyAgain = (key: Key): [string, object] => {
	const [spki] = spkiOf(key);
	if (spki === undefined) throw unfit(`${key.keyID} is no key`);
	const again = tufKey(spki);
	return [again.keyID, again.toJSON()];
};

const unfit = (why: string): Problem => new Problem('roster-refused', `This change is not signed: ${why}.`);
