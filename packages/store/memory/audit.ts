import type { AuditEntry, AuditStore } from '@keyward/core/port';

export const memoryAudit = (): AuditStore => {
	const entries = new Map<number, AuditEntry>();
	let last = 0;
	return {
		beginAction: async (entry) => {
			entries.set(++last, { ...entry, number: last, ended: null });
			return last;
		},
		endAction: async (number, at, result) => {
			const entry = entries.get(number);
			if (entry?.ended === null) entries.set(number, { ...entry, ended: { at, result } });
		},
		actions: async ({ since = 0, application, before = Number.POSITIVE_INFINITY, limit }) =>
			[...entries.values()]
				.filter(
					(one) =>
						one.at >= since &&
						one.number < before &&
						(application === undefined || one.application === null || one.application === application),
				)
				.toReversed()
				.slice(0, limit),
		forgetActions: async (before) => {
			let count = 0;
			for (const { number, at } of entries.values()) if (at < before && entries.delete(number)) count++;
			return count;
		},
	};
};
