import { errorCodes } from '@keyward/core';

/** What was accepted and what was refused, by error code, since the service started. */
export interface Counters {
	add(name: string, count?: number): void;
	all(): Record<string, number>;
}

export const createCounters = (): Counters => {
	const counts = new Map<string, number>();
	return {
		add: (name, count = 1) => void counts.set(name, (counts.get(name) ?? 0) + count),
		all: () => Object.fromEntries([...counts].toSorted(([a], [b]) => a.localeCompare(b))),
	};
};

const refusals: ReadonlySet<string> = new Set(errorCodes);

/** Those of the counters that count refusals. */
export const refusalsOf = (counts: Readonly<Record<string, number>>): Record<string, number> =>
	Object.fromEntries(Object.entries(counts).filter(([name]) => refusals.has(name)));
