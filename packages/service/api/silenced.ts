import { silencedWith } from '@keyward/core/authorize';
import type { Principal, PrincipalName } from '@keyward/core/port';
import type { ApiDependencies } from './answer.ts';

/** What `silencedWith` says. The other devices are read only where the policy has an essential stream (CR 7.1). */
export const silencedBy = async (
	{ store, policies }: Pick<ApiDependencies, 'store' | 'policies'>,
	{ application, id }: Pick<PrincipalName, 'application' | 'id'>,
): Promise<string[]> => {
	const policy = policies.policyOf(application);
	if (policy === null || [...policy.streams.values()].every(({ essential }) => !essential)) return [];
	const principals: readonly Principal[] = await store.principals(application);
	return silencedWith(policy, id, principals);
};
