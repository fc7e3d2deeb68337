import { type PostureChange, stateKey } from '@keyward/core/policy';
import type { PostureHistoryStore } from '@keyward/core/port';

export const memoryPostureHistory = (): PostureHistoryStore => {
	let all: PostureChange[] = [];
	const last = new Map<string, PostureChange>();
	return {
		addPostureChanges: async (changes, keep, most) => {
			for (const one of changes) last.set(stateKey(one), one);
			const added = [...all, ...changes].filter(({ at }) => at >= keep);
			const kept = Map.groupBy(added, ({ application }) => application);
			all = added.filter((one) => (kept.get(one.application) ?? []).slice(-most).includes(one));
		},
		postureChanges: async (application, since, limit) =>
			all
				.filter((one) => one.at >= since && (application === undefined || one.application === application))
				.slice(-limit),
		lastPostureChanges: async () => [...last.values()],
	};
};
