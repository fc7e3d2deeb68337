import type { Instant } from '@keyward/core';
import { type Fact, type Policy, updateComponent } from '@keyward/core/policy';
import { releaseSigners } from '@keyward/owner';
import type { Owner } from './owner.ts';

/**
 * catalogue: firmware-signed, bill-of-materials. What the repository shows that this site serves: verified from the owner's root, and
 * nothing else of it is handed out.
 */
export const releaseFacts = (owner: Pick<Owner, 'repository'>, { application }: Policy, now: Instant): Fact[] => {
	const repository = owner.repository();
	const inForce = repository?.releases.get(application);
	if (repository === null || inForce === undefined || inForce.releases.length === 0) return [];
	const seen = {
		subject: updateComponent(application),
		strength: 'observed',
		source: 'release repository',
		at: now,
	} as const;
	const bare = inForce.releases.find(({ bom }) => bom === null);
	return [
		{ ...seen, claim: 'firmware-signed', value: releaseSigners(repository, application) },
		{
			...{ ...seen, claim: 'bill-of-materials' },
			value:
				bare === undefined ? true : `release ${bare.release.release} of ${bare.release.class} has no bill of materials`,
		},
	];
};
