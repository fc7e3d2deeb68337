import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { chokePoints, worthOf } from './choke-points.ts';
import { edgeKindNames } from './edge-kind.ts';
import { createExposure, type Exposure } from './exposure.ts';
import type { NodeKind } from './node-kind.ts';
import { createFleetReach } from './reach-bound.ts';
import { gradeOfEdge, type TrustGraph, TrustGraphBuilder } from './trust-graph.ts';

interface Drawn {
	readonly needs: readonly number[];
	readonly edges: readonly (readonly [number, number, number])[];
}

const drawn = (mostNeeds: number): fc.Arbitrary<Drawn> =>
	fc.integer({ min: 2, max: 12 }).chain((nodes) =>
		fc.record({
			needs: fc.array(fc.integer({ min: 1, max: mostNeeds }), { minLength: nodes, maxLength: nodes }),
			edges: fc.array(
				fc.tuple(
					fc.nat(nodes - 1),
					fc.nat(nodes - 1),
					fc.constantFrom(edgeKindNames.indexOf('yields'), edgeKindNames.indexOf('uses')),
				),
				{ maxLength: 30 },
			),
		}),
	);

/** Each pair of nodes has one edge at most, as inventories make them. */
const graphOf = ({ needs, edges }: Drawn, kinds: readonly NodeKind[] = ['key']): TrustGraph => {
	const builder = new TrustGraphBuilder();
	needs.forEach((need, node) =>
		builder.node(kinds[node % kinds.length] ?? 'key', String(node), { needs: need, weight: 1 + (node % 3) }),
	);
	const seen = new Set<string>();
	for (const [from, to, kind] of edges) {
		if (seen.has(`${from} ${to}`)) continue;
		seen.add(`${from} ${to}`);
		builder.edge(from, edgeKindNames[kind] ?? 'yields', to);
	}
	return builder.build();
};

/** The grades as a person would work them out: over and over, until nothing changes. */
const slowly = (graph: TrustGraph, taken: readonly number[], removed = -1): number[] => {
	const grades: number[] = Array.from({ length: graph.nodes }, (_, node) =>
		taken.includes(node) && node !== removed ? 2 : 0,
	);
	for (const least of [2, 1]) {
		for (let changed = true; changed;) {
			changed = false;
			for (let to = 0; to < graph.nodes; to++) {
				if (grades[to] !== 0 || to === removed) continue;
				let had = 0;
				for (let from = 0; from < graph.nodes; from++)
					for (let edge = graph.offsets[from] ?? 0; edge < (graph.offsets[from + 1] ?? 0); edge++)
						if (
							graph.targets[edge] === to &&
							grades[from] !== 0 &&
							(gradeOfEdge[graph.edgeKinds[edge] ?? 0] ?? 0) >= least
						)
							had++;
				if (had < (graph.needs[to] ?? 1)) continue;
				grades[to] = least;
				changed = true;
			}
		}
	}
	return grades;
};

test('exposure is the least fixpoint, with thresholds, and is the same when asked again', () => {
	fc.assert(
		fc.property(drawn(3), fc.array(fc.nat(11), { maxLength: 3 }), (one, some) => {
			const graph = graphOf(one);
			const taken = some.filter((node) => node < graph.nodes);
			const expose = createExposure(graph);
			const wanted = slowly(graph, taken);
			for (const round of [1, 2]) {
				const { grade, count, order } = expose(taken);
				assert.deepEqual([...grade], wanted, `round ${round}`);
				assert.equal(new Set(order.subarray(0, count)).size, wanted.filter((one) => one > 0).length);
				expose([]);
			}
		}),
	);
});

/** The edges by which a node fell, from what was taken on; empty for what was taken or does not fall. */
const pathTo = ({ grade, by, from }: Exposure, node: number): number[] => {
	const path: number[] = [];
	let at = node;
	while (grade[at] !== 0 && (by[at] ?? -1) >= 0) {
		path.unshift(by[at] ?? -1);
		at = from[at] ?? -1;
	}
	return path;
};

test('each node that falls is explained by a path of edges from what was taken', () => {
	fc.assert(
		fc.property(drawn(1), (one) => {
			const graph = graphOf(one);
			const exposure = createExposure(graph)([0]);
			for (let node = 0; node < graph.nodes; node++) {
				const path = pathTo(exposure, node);
				if (exposure.grade[node] === 0 || node === 0) assert.deepEqual(path, []);
				else assert.equal(graph.targets[path.at(-1) ?? -1], node);
				if (exposure.grade[node] === 2) assert.ok(path.every((edge) => gradeOfEdge[graph.edgeKinds[edge] ?? 0] === 2));
			}
		}),
	);
});

test('the first choke point is the best of all single nodes', () => {
	fc.assert(
		fc.property(drawn(1), (one) => {
			const graph = graphOf(one);
			const worth = (grades: readonly number[]): number =>
				grades.reduce((sum, grade, node) => sum + (grade > 0 && node !== 0 ? (graph.weights[node] ?? 0) : 0), 0);
			const whole = worth(slowly(graph, [0]));
			assert.equal(worthOf(graph, createExposure(graph)([0])).impact, whole);
			let best = 0;
			for (let node = 1; node < graph.nodes; node++) best = Math.max(best, whole - worth(slowly(graph, [0], node)));
			assert.equal(chokePoints(graph, [0])[0]?.impact ?? 0, best);
		}),
	);
});

test('which devices take another with them is the same for all at once as one by one', () => {
	fc.assert(
		fc.property(drawn(2), (one) => {
			const graph = graphOf(one, ['device', 'key', 'identity']);
			const owners = Int32Array.from({ length: graph.nodes }, (_, node) => {
				if (node % 3 === 0) return node;
				return node % 3 === 2 ? node - 2 : -1;
			});
			const expose = createExposure(graph);
			const reaches = createFleetReach(graph, owners)();
			assert.equal(reaches.length, Math.ceil(graph.nodes / 3));
			for (const { device, value, other } of reaches) {
				const { order, count, certain } = expose([device]);
				const fallen = [...order.subarray(0, count)];
				const others = fallen.map((node) => owners[node] ?? -1).filter((owner) => owner !== -1 && owner !== device);
				const keyLeft = [...order.subarray(0, certain)].some((node) => node % 3 === 1);
				assert.equal(value, others.length > 0 ? 'any' : keyLeft ? 'none' : 'none-and-no-key');
				assert.ok(other === null ? others.length === 0 : others.includes(other));
			}
		}),
	);
});
