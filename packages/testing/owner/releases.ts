import { hash } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { days } from '@keyward/core';
import type { Signer } from '@keyward/core/port';
import type { Release } from '@keyward/core/update';
import type { Operations } from '@keyward/contract';
import {
	type Change,
	type FileMap,
	prepareRelease,
	readRepository,
	type Repository,
	writeChange,
} from '@keyward/owner';
import { type Asks, signedBy } from './owner.ts';

const contentOf = (bytes: Uint8Array) => ({ length: bytes.length, sha256: hash('sha256', bytes) });

/** A release of class `probe` in `hall`, and its files by name; `more` replaces members of the release. */
export const makeRelease = (
	version: string,
	more: Partial<Release> = {},
	files: { bom?: string; boot?: string } = {},
) => {
	const image = new TextEncoder().encode(`image of ${version}`.padEnd(10_000, '.'));
	const bom = files.bom === undefined ? null : new TextEncoder().encode(files.bom);
	const boot = files.boot === undefined ? null : new TextEncoder().encode(files.boot);
	const release: Release = {
		...{ application: 'hall', class: 'probe', release: version, securityFloor: 0, installer: 'directory' },
		bom: bom === null ? null : hash('sha256', bom),
		boot: boot === null ? null : hash('sha256', boot),
		...{ supportUntil: null, chunks: null },
		...more,
	};
	return {
		...{ release, bytes: { image, bom, boot } },
		contents: {
			release,
			image: contentOf(image),
			bom: bom === null ? null : contentOf(bom),
			boot: boot === null ? null : contentOf(boot),
		},
	};
};

/** The repository with one more release, which these signed. */
export const withRelease = async (
	repository: Repository,
	{ contents }: Pick<ReturnType<typeof makeRelease>, 'contents'>,
	signers: readonly Signer[],
	now: number,
	keep = 8,
): Promise<Repository> => {
	const files = prepareRelease(repository, contents, { expires: now + days(180), keep });
	return readRepository(await signedBy({ base: repository.files, files }, signers), repository.pin);
};

/** A folder in `place` as `keyward release init` makes it, with this change and these contents. */
export const releaseFolder = async (
	place: string,
	{ bytes }: Pick<ReturnType<typeof makeRelease>, 'bytes'>,
	change: Change,
): Promise<string> => {
	const folder = await mkdtemp(join(place, 'release-'));
	await mkdir(join(folder, 'targets'));
	await writeFile(join(folder, 'change.json'), writeChange(change));
	for (const one of Object.values(bytes))
		if (one !== null) await writeFile(join(folder, 'targets', hash('sha256', one)), one);
	return folder;
};

interface OwnedSite {
	readonly keys: readonly Signer[];
	repository(): Repository;
}

/** Releases of a site that `ownSite` gave an owner: each in a folder in `place`, signed by the first `signers` of its keys. */
export const releasesOf = ({ ask }: Asks, owner: OwnedSite, place: string) => {
	let current: { readonly files: FileMap; readonly pin: string } | null = null;
	return {
		/** Publishes it; what follows is made from there. */
		publish: async (
			made: ReturnType<typeof makeRelease>,
			signers = 2,
		): Promise<Operations['release.publish']['output']> => {
			const base = current === null ? owner.repository() : readRepository(current.files, current.pin);
			const files = prepareRelease(base, made.contents, { expires: Date.now() + days(180), keep: 8 });
			const signed = await signedBy({ base: base.files, files }, owner.keys.slice(0, signers));
			const folder = await releaseFolder(place, made, { base: base.files, files: signed });
			const list = await ask('release.publish', { folder });
			current = { files: signed, pin: base.pin };
			return list;
		},
	};
};
