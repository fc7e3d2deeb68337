import { Problem } from '@keyward/core';
import type { Grant, GrantStore } from '@keyward/core/port';
import { of } from './registry-state.ts';

export const memoryGrants = (): GrantStore => {
	const grants = new Map<string, Grant>();
	return {
		putGrant: async (grant) => {
			if (grants.has(grant.id)) throw new Problem('store-failed', `The grant ${grant.id} exists.`);
			grants.set(grant.id, structuredClone(grant));
		},
		endGrant: async (id, at) => {
			const grant = grants.get(id);
			if (!grant || grant.ended !== null) return false;
			grants.set(id, { ...grant, ended: at });
			return true;
		},
		grants: async (application) => structuredClone(of(grants.values(), application)),
	};
};
