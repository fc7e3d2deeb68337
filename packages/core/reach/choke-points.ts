import { createExposure, type Exposure, type Without } from './exposure.ts';
import { edgeKinds } from './edge-kind.ts';
import type { NodeKind } from './node-kind.ts';
import { edgeKindOf, kindOf, spokenName, type TrustGraph } from './trust-graph.ts';

/** One node or edge whose remedy cuts what falls. */
export interface ChokePoint {
	/** In words: "key 4f2a…" or "file of hall/probe-1 … gives away key 4f2a…". */
	readonly what: string;
	readonly without: Without;
	/** Things of worth that no longer fall with it mended. */
	readonly exposure: number;
	/** The same, each by its weight. */
	readonly impact: number;
}

/** What a remedy acts on. The others follow from these: a name or a stream cannot be mended. */
const mendable: ReadonlySet<NodeKind> = new Set([
	...([
		'device',
		'gateway',
		'reader',
		'person',
		'service',
		'custody',
		'key',
		'ca',
		'update-role',
		'key-epoch',
	] as const),
]);

/** Candidates that are worked out to the last edge. */
const TRIED = 24;

/** The worth of what falls; what was taken is lost in any case. */
export const worthOf = (graph: TrustGraph, { order, count, by }: Exposure): { exposure: number; impact: number } => {
	let [exposure, impact] = [0, 0];
	for (let place = 0; place < count; place++) {
		const node = order[place] as number;
		const weight = graph.weights[node] as number;
		if (weight === 0 || by[node] === -1) continue;
		exposure++;
		impact += weight;
	}
	return { exposure, impact };
};

/**
 * Immediate dominators among what falls, by place in `order`; -1 for what was taken (Cooper, Harvey, Kennedy, "A Simple, Fast
 * Dominance Algorithm"). A threshold counts as open to each of its edges.
 */
const dominators = (graph: TrustGraph, { order, count, grade, by }: Exposure): Int32Array => {
	const place = new Map<number, number>();
	for (let at = 0; at < count; at++) place.set(order[at] as number, at);
	const before: number[][] = Array.from({ length: count }, () => []);
	for (let at = 0; at < count; at++) {
		const node = order[at] as number;
		for (let edge = graph.offsets[node] as number; edge < (graph.offsets[node + 1] as number); edge++) {
			const to = graph.targets[edge] as number;
			if (grade[to] !== 0) before[place.get(to) as number]?.push(at);
		}
	}
	/** -2: not looked at; -1: the attacker, before everything. */
	const idom = new Int32Array(count).fill(-2);
	const meet = (one: number, other: number): number => {
		let [a, b] = [one, other];
		while (a !== b) {
			if (a > b) a = idom[a] as number;
			else b = idom[b] as number;
			if (a === -1 || b === -1) return -1;
		}
		return a;
	};
	for (let changed = true; changed;) {
		changed = false;
		for (let at = 0; at < count; at++) {
			let found = by[order[at] as number] === -1 ? -1 : -2;
			if (found === -2)
				for (const from of before[at] as number[]) {
					if (idom[from] === -2) continue;
					found = found === -2 ? from : meet(found, from);
				}
			if (found !== idom[at]) {
				idom[at] = found;
				changed = true;
			}
		}
	}
	return idom;
};

/**
 * The nodes and edges whose remedy alone cuts most of what falls with `taken`, the most first. Candidates come from the dominator
 * tree; the figures of each come from the exposure without it, thresholds and grades counted.
 */
export const chokePoints = (graph: TrustGraph, taken: readonly number[], most = 5): ChokePoint[] => {
	const expose = createExposure(graph);
	const whole = expose(taken);
	const before = worthOf(graph, whole);
	const idom = dominators(graph, whole);
	const cut = Float64Array.from({ length: whole.count }, (_, at) => graph.weights[whole.order[at] as number] as number);
	// Dominators come before what they dominate only by their tree, so by depth, deepest first.
	const depth = new Int32Array(whole.count).fill(-1);
	const depthOf = (at: number): number => {
		const chain: number[] = [];
		let up = at;
		while (up >= 0 && depth[up] === -1) {
			chain.push(up);
			up = idom[up] as number;
		}
		let known = up < 0 ? 0 : (depth[up] as number);
		for (const one of chain.toReversed()) depth[one] = ++known;
		return depth[at] as number;
	};
	const places = Array.from({ length: whole.count }, (_, at) => at);
	for (const at of places) depthOf(at);
	for (const at of places.toSorted((one, other) => (depth[other] as number) - (depth[one] as number))) {
		const up = idom[at] as number;
		if (up >= 0) cut[up] = (cut[up] as number) + (cut[at] as number);
	}
	const candidates = places
		.filter((at) => {
			const node = whole.order[at] as number;
			return whole.by[node] !== -1 && mendable.has(kindOf(graph, node));
		})
		.toSorted((one, other) => (cut[other] as number) - (cut[one] as number))
		.slice(0, TRIED);
	const tried: { what: string; at: number; without: Without }[] = candidates.flatMap((at) => {
		const node = whole.order[at] as number;
		const edge = whole.by[node] as number;
		const from = whole.from[node] as number;
		const { says } = edgeKinds[edgeKindOf(graph, edge)];
		return [
			{ what: spokenName(graph, node), at, without: { node } },
			{ what: `${spokenName(graph, from)} ${says} ${spokenName(graph, node)}`, at, without: { edge } },
		];
	});
	return (
		tried
			.map(({ what, at, without }) => {
				const after = worthOf(graph, expose(taken, without));
				return { what, at, without, exposure: before.exposure - after.exposure, impact: before.impact - after.impact };
			})
			.filter(({ impact }) => impact > 0)
			// Of equals the one nearest to what is lost: a shared key before the file of the one who was robbed of it.
			.toSorted((one, other) => other.impact - one.impact || other.at - one.at)
			.slice(0, most)
			.map(({ at: _, ...point }) => point)
	);
};
