import { chokePoints, type ChokePoint, worthOf } from './choke-points.ts';
import { edgeKinds } from './edge-kind.ts';
import { createExposure, type Exposure } from './exposure.ts';
import type { InventoryGraph } from './inventory-graph.ts';
import { type NodeKind, nodeKindNames } from './node-kind.ts';
import { edgeKindOf, kindOf, spokenName, type TrustGraph } from './trust-graph.ts';

/** What falls with one subject, and how. */
export interface ReachReport {
	readonly subject: string;
	/** Other devices that fall with it: their names can be shown to the service, or they are open. */
	readonly others: { readonly certain: number; readonly inHand: number; readonly examples: readonly string[] };
	/** True where a key leaves for certain, so that the attack goes on after the subject is given back. */
	readonly keyLeaves: boolean;
	readonly falls: readonly FallenKind[];
	/** Things of worth that fall; and the same by their weight. */
	readonly exposure: number;
	readonly impact: number;
	readonly steps: readonly ReachStep[];
	readonly chokePoints: readonly Omit<ChokePoint, 'without'>[];
}

export interface FallenKind {
	readonly kind: NodeKind;
	/** For certain, and kept. */
	readonly certain: number;
	/** Beyond those: only while the subject is powered and in hand, or the access lasts. */
	readonly inHand: number;
}

/** Steps of one kind, told by the first. */
export interface ReachStep {
	readonly grade: 'certain' | 'in-hand';
	readonly from: string;
	readonly says: string;
	readonly to: string;
	/** How many more nodes fall by a step like this one. */
	readonly more: number;
}

const EXAMPLES = 5;

const stepsOf = (graph: TrustGraph, { order, count, certain, by, from }: Exposure): ReachStep[] => {
	const steps = new Map<string, { -readonly [Name in keyof ReachStep]: ReachStep[Name] }>();
	for (let place = 0; place < count; place++) {
		const node = order[place] as number;
		const edge = by[node] as number;
		if (edge === -1) continue;
		const grade = place < certain ? 'certain' : 'in-hand';
		const before = from[node] as number;
		const kind = edgeKindOf(graph, edge);
		const key = [grade, kind, kindOf(graph, before), kindOf(graph, node)].join(' ');
		const known = steps.get(key);
		if (known !== undefined) known.more++;
		else
			steps.set(key, {
				grade,
				from: spokenName(graph, before),
				says: edgeKinds[kind].says,
				to: spokenName(graph, node),
				more: 0,
			});
	}
	return [...steps.values()];
};

/** Works out what falls when `subject` is taken. */
export const reachReport = (
	{ graph, owners }: Pick<InventoryGraph, 'graph' | 'owners'>,
	subject: number,
): ReachReport => {
	const exposure = createExposure(graph)([subject]);
	const { order, count, certain, grade } = exposure;
	const kinds = nodeKindNames.map((kind) => ({ kind, certain: 0, inHand: 0 }));
	const others = new Map<number, 'certain' | 'in-hand'>();
	let keyLeaves = false;
	for (let place = 0; place < count; place++) {
		const node = order[place] as number;
		const fallen = kinds[graph.kinds[node] as number];
		if (node !== subject && fallen !== undefined) {
			if (place < certain) fallen.certain++;
			else fallen.inHand++;
		}
		if (grade[node] === 2 && node !== subject && kindOf(graph, node) === 'key') keyLeaves = true;
		const owner = owners[node] as number;
		if (owner !== -1 && owner !== subject && !others.has(owner))
			others.set(owner, place < certain ? 'certain' : 'in-hand');
	}
	const surely = [...others.values()].filter((one) => one === 'certain').length;
	return {
		subject: spokenName(graph, subject),
		others: {
			certain: surely,
			inHand: others.size - surely,
			examples: [...others.keys()].slice(0, EXAMPLES).map((device) => graph.labels[device] ?? ''),
		},
		keyLeaves,
		falls: kinds.filter((one) => one.certain + one.inHand > 0),
		...worthOf(graph, exposure),
		steps: stepsOf(graph, exposure),
		chokePoints: chokePoints(graph, [subject]).map(({ what, exposure, impact }) => ({ what, exposure, impact })),
	};
};
