import type { Instant } from '@keyward/core';
import type { Grant, Store } from '@keyward/core/port';

/** Every grant of the site, at hand for each decision. */
export interface Grants {
	of(application: string): readonly Grant[];
	all(): readonly Grant[];
	/** Durable when it resolves. */
	add(grant: Grant): Promise<void>;
	/** The grant that ended; null when there is none to end. Durable when it resolves. */
	end(id: string, at: Instant): Promise<Grant | null>;
}

export const openGrants = async (store: Store): Promise<Grants> => {
	const byApplication = new Map<string, Grant[]>();
	const put = (grant: Grant): void => {
		const others = (byApplication.get(grant.application) ?? []).filter(({ id }) => id !== grant.id);
		byApplication.set(grant.application, [...others, grant]);
	};
	for (const grant of await store.grants()) put(grant);
	return {
		of: (application) => byApplication.get(application) ?? [],
		all: () => [...byApplication.values()].flat(),
		add: async (grant) => {
			await store.putGrant(grant);
			put(grant);
		},
		end: async (id, at) => {
			if (!(await store.endGrant(id, at))) return null;
			const grant = [...byApplication.values()].flat().find((known) => known.id === id);
			if (grant === undefined) return null;
			const ended = { ...grant, ended: at };
			put(ended);
			return ended;
		},
	};
};
