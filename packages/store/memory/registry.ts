import type { Fact } from '@keyward/core/policy';
import type { RegistryStore } from '@keyward/core/port';
import { memoryAdmissions } from './admissions.ts';
import { memoryAuthorities } from './authorities.ts';
import { memoryCertificates } from './certificates.ts';
import { memoryGrants } from './grants.ts';
import { memoryPolicies } from './policies.ts';
import { memoryPrincipalKeys } from './principal-keys.ts';
import { memoryPrincipals } from './principals.ts';
import { registryState } from './registry-state.ts';

/** Values are kept and given as copies, so that nobody changes the store by changing what it gave. */
export const memoryRegistry = (putFacts: (facts: readonly Fact[]) => void): RegistryStore => {
	const registry = registryState();
	return {
		...memoryPrincipals(registry, putFacts),
		...memoryPrincipalKeys(registry),
		...memoryAdmissions(registry),
		...memoryCertificates(registry),
		...memoryAuthorities(),
		...memoryGrants(),
		...memoryPolicies(),
	};
};
