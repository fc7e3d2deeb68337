import type { AuthorityStore, Clock, Entropy, PolicyStore } from '@keyward/core/port';
import type { ServiceConfig } from '../config/config.ts';
import type { NamingPolicies } from './other-authorities.ts';
import { type Authority, openAuthority } from './authority.ts';

/** Opens the authority as the site is configured, with an issuing CA for each application in the store. */
export const openSiteAuthority = async (
	{ hostNames, sealFile, authority, lostKeys }: ServiceConfig,
	folder: string,
	store: AuthorityStore & PolicyStore,
	clock: Clock,
	entropy: Entropy,
	policies: NamingPolicies,
): Promise<Authority> => {
	const applications = (await store.policies()).map(({ application }) => application);
	const sealed = sealFile === null ? {} : { sealFile };
	return openAuthority({
		...{ folder, store, clock, entropy, applications, hostNames, lostKeys, policies },
		...sealed,
		custody: authority,
	});
};
