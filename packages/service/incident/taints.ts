import { isTainted, type TaintedSpan } from '@keyward/core/incident';
import type { Incidents } from './incidents.ts';

/** Which rows nobody may trust, because their device was contained. */
export interface Taints {
	has(stream: number, cursor: number): boolean;
}

export const createTaints = (incidents: Incidents): Taints => {
	const byIncident = new Map<number, readonly TaintedSpan[]>();
	let byStream: ReadonlyMap<number, readonly TaintedSpan[]> = new Map();
	incidents.onChange(({ number, containment }) => {
		const tainted = containment?.tainted ?? [];
		if (tainted.length === 0 && !byIncident.has(number)) return;
		byIncident.set(number, tainted);
		byStream = Map.groupBy([...byIncident.values()].flat(), ({ id }) => id);
	});
	return {
		has: (stream, cursor) => {
			const spans = byStream.get(stream);
			return spans !== undefined && isTainted(spans, cursor);
		},
	};
};
