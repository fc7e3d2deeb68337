import { rosterRole } from '@keyward/owner';
import type { SiteOwner } from '@keyward/core/reach';
import { keyThumbprint } from '@keyward/core/format';
import type { Owner } from './owner.ts';

/** Who signs what, by the owner's repository that is in force; null before the site has an owner. */
export const siteSigners = (owner: Pick<Owner, 'repository'>): SiteOwner | null => {
	const repository = owner.repository();
	if (repository === null) return null;
	const { root, targets, releases, rosters } = repository;
	const delegated = Object.values(targets.signed.delegations?.roles ?? {});
	const roleOf = (role: { readonly keyIDs: readonly string[]; readonly threshold: number } | undefined) => ({
		keys: role?.keyIDs ?? [],
		threshold: role?.threshold ?? 0,
	});
	const { roles } = root.signed;
	return {
		root: roleOf(roles['root']),
		targets: roleOf(roles['targets']),
		online: roleOf(roles['timestamp']),
		releases: new Map(Array.from(releases, ([application, { keys, threshold }]) => [application, { keys, threshold }])),
		rosters: new Map(
			Array.from(rosters, ([application, { roster }]) => [
				application,
				{
					...roleOf(delegated.find(({ name }) => name === rosterRole(application))),
					commanders: Array.from(roster.commanders, ([id, { key, expires }]) => ({
						...{ id, expires },
						key: Buffer.from(keyThumbprint(key)).toString('hex'),
					})),
					dangerous: roster.signers.dangerous,
				},
			]),
		),
	};
};
