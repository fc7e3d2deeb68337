import type { Operations } from '@keyward/contract';
import { releaseSigners } from '@keyward/owner';
import type { Owner } from '../owner/owner.ts';
import type { Answer, ApiDependencies } from './answer.ts';

export const releasesInForce = (owner: Owner, application?: string): Operations['release.list']['output'] => {
	const repository = owner.repository();
	if (repository === null) return [];
	return [...repository.releases]
		.filter(([name]) => application === undefined || name === application)
		.flatMap(([name, { releases, vendors, expires }]) =>
			releases.map(({ release, image: { path, length, sha256 } }) => ({
				...{ application: name, class: release.class, release: release.release },
				...{ securityFloor: release.securityFloor, installer: release.installer, length, sha256 },
				...{ bom: release.bom, boot: release.boot, chunks: release.chunks?.hashes.length ?? 0 },
				...{ supportUntil: release.supportUntil, signers: releaseSigners(repository, name), expires },
				parts: vendors.flatMap(({ name: vendor, parts }) =>
					parts
						.filter((part) => part.path.startsWith(path.slice(0, path.lastIndexOf('/') + 1)))
						.map((part) => ({ ...part, vendor })),
				),
			})),
		);
};

export const releaseList =
	({ owner }: ApiDependencies): Answer<'release.list'> =>
	async ({ application }) =>
		releasesInForce(owner, application);
