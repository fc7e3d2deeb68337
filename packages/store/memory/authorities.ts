import type { AuthorityStore, Generation } from '@keyward/core/port';
import { authoritiesBegun, isSameGeneration, rolledMeanwhile } from '../rules/conflict.ts';

export const memoryAuthorities = (): AuthorityStore => {
	let site: string | null = null;
	const all = new Map<string, Generation[]>();
	return {
		authorities: async () => (site === null ? null : { site, generations: structuredClone(all) }),
		beginAuthorities: async (inventory) => {
			if (site !== null) throw authoritiesBegun();
			site = inventory.site;
			for (const [ca, generations] of inventory.generations) all.set(ca, structuredClone([...generations]));
		},
		putGenerations: async (ca, before, after) => {
			const now = all.get(ca) ?? [];
			if (now.length !== before.length || now.some((one, i) => !isSameGeneration(one, before[i])))
				throw rolledMeanwhile(ca);
			const merged = new Map([...now, ...structuredClone(after)].map((one) => [one.number, one]));
			all.set(
				ca,
				[...merged.values()].toSorted((a, b) => a.number - b.number),
			);
		},
	};
};
