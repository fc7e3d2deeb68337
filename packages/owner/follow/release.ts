import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Instant, Problem } from '@keyward/core';
import { readRelease, type Release } from '@keyward/core/update/release';
import { releaseRole, releaseTarget } from '@keyward/core/update/release-target';
import type { Metadata, TargetFile, Targets } from '@tufjs/models';
import type { FetchFile } from './fetcher.ts';
import { explained, type Following, followInto, keepChanged, pinRoot, rosterFolder } from './follow.ts';
import { withFolderLock } from './folder-lock.ts';

/** An image that this owner signed, as it is in force now. */
export interface FollowedRelease {
	readonly release: Release;
	/** Among the targets: `releases/{application}/{class}/{version}/image`. */
	readonly path: string;
	readonly length: number;
	/** Lower-case hex. */
	readonly sha256: string;
	/** What to ask `FetchFile` for. */
	readonly file: string;
}

/**
 * The image at `path` as the owner's keys have it in force, verified from the pinned root on (TUF 1.0.31 §5): the role of the
 * application's releases must sign it itself, and no vendor of a part. Null: no such release is in force. The image is not fetched.
 *
 * Throws what `refreshRoster` does, and `release-malformed`.
 */
export const followRelease = async (
	following: Following,
	path: string,
	fetch: FetchFile,
	now: Instant,
): Promise<FollowedRelease | null> => {
	const kept = rosterFolder(following);
	await mkdir(kept, { recursive: true, mode: 0o700 });
	return withFolderLock(kept, () => followIn(kept, following, path, fetch, now));
};

const followIn = async (
	kept: string,
	following: Following,
	path: string,
	fetch: FetchFile,
	now: Instant,
): Promise<FollowedRelease | null> => {
	await pinRoot(kept, following.owner, fetch);
	const work = await mkdtemp(join(kept, 'work-'));
	try {
		for (const file of await readdir(kept))
			if (file.endsWith('.json') && file !== 'roster.json') await copyFile(join(kept, file), join(work, file));
		const { updater, refresh, fetcher, trusted } = followInto(work, fetch, now);
		try {
			await refresh();
			const target = await updater.getTargetInfo(path);
			await keepChanged(work, kept);
			if (target === undefined) return null;
			return releaseOf(following.application, path, target, trusted.getRole(releaseRole(following.application)));
		} catch (error) {
			await keepChanged(work, kept);
			throw explained(error, fetcher.failed);
		}
	} finally {
		await rm(work, { recursive: true, force: true });
	}
};

const releaseOf = (
	application: string,
	path: string,
	target: TargetFile,
	role: Metadata<Targets> | undefined,
): FollowedRelease => {
	// catalogue: firmware-signed. A vendor's role, with fewer keys, stands behind the same delegation: what starts is the owner's to sign.
	if (role?.signed.targets[path]?.equals(target) !== true)
		throw new Problem('release-refused', `${path} is not signed by ${releaseRole(application)} itself.`);
	const release = readRelease(target.unrecognizedFields['custom'], path, target.length);
	const sha256 = target.hashes['sha256'] ?? '';
	if (release.application !== application || !/^[0-9a-f]{64}$/.test(sha256))
		throw new Problem('release-refused', `${path} is of another application, or has no SHA-256.`);
	return {
		...{ release, path, length: target.length, sha256 },
		file: `targets/${releaseTarget(release, `${sha256}.image`)}`,
	};
};
