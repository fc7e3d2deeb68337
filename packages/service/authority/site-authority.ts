import type { Clock, Entropy, Store } from '@keyward/core/port';
import type { ServiceConfig } from '../config/config.ts';
import { type Authority, openAuthority } from './authority.ts';

/** Opens the authority as the site is configured, with an issuing CA for each application in the store, which is closed on failure. */
export const openSiteAuthority = async (
	{ hostNames, sealFile, authority, lostKeys }: ServiceConfig,
	folder: string,
	store: Store,
	clock: Clock,
	entropy: Entropy,
): Promise<Authority> => {
	try {
		const applications = (await store.policies()).map(({ application }) => application);
		const sealed = sealFile === null ? {} : { sealFile };
		return await openAuthority({
			folder,
			store,
			clock,
			entropy,
			applications,
			hostNames,
			...sealed,
			custody: authority,
			lostKeys,
		});
	} catch (error) {
		await store.close();
		throw error;
	}
};
