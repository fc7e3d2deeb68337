import { Problem } from '@keyward/core';
import { type AuthorityName, issuingName } from '../authority/inventory.ts';
import type { Policies } from '../policy/policies.ts';

interface Written {
	readonly what: 'site-root' | 'service-ca' | 'issuing';
	readonly application?: string;
}

/** The CA that an input names. Throws `Problem`. */
export const authorityName = ({ what, application }: Written, policies: Policies): AuthorityName => {
	if (what !== 'issuing') {
		if (application === undefined) return what;
		throw new Problem('request-malformed', `The ${what} is the whole site's: leave the application out.`);
	}
	if (application === undefined)
		throw new Problem('request-malformed', 'Each application has its own issuing CA: name the application.');
	policies.mustHave(application);
	return issuingName(application);
};
