import { hash } from 'node:crypto';
import { days } from '@keyward/core';
import type { Signer } from '@keyward/core/port';
import type { Release } from '@keyward/core/update';
import { prepareRelease, readRepository, type Repository } from '@keyward/owner';
import { signedBy } from './owner.ts';

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
