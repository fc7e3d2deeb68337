import { gradeOfEdge, type TrustGraph } from './trust-graph.ts';

/** What falls when some nodes are taken: the least fixpoint. */
export interface Exposure {
	/** How many nodes fall, in the order in which they do; those taken come first. */
	readonly count: number;
	/** The first `count` are the nodes that fall: first all that fall for certain, then what falls while in hand. */
	readonly order: Int32Array;
	readonly certain: number;
	/** By node: 0 does not fall, 1 only while in hand, 2 for certain. */
	readonly grade: Uint8Array;
	/** By node that falls: the edge by which it did; -1 for what was taken. For a threshold, the last edge that was needed. */
	readonly by: Int32Array;
	/** By node that falls: where that edge begins. */
	readonly from: Int32Array;
}

/**
 * Computes exposures in one graph, again and again without new memory. An exposure is valid until the next one is asked for.
 * Time is in proportion to what falls and the edges from it, not to the graph.
 */
export const createExposure = (graph: TrustGraph): ((taken: readonly number[], without?: Without) => Exposure) => {
	const { nodes, offsets, targets, edgeKinds, needs } = graph;
	const order = new Int32Array(nodes);
	const grade = new Uint8Array(nodes);
	const by = new Int32Array(nodes);
	const from = new Int32Array(nodes);
	/** How many edges into a threshold are had; only thresholds are counted. */
	const had = new Map<number, number>();
	let count = 0;

	const spread = (least: 1 | 2, removedNode: number, removedEdge: number): void => {
		had.clear();
		for (let place = 0; place < count; place++) {
			const node = order[place] as number;
			const end = offsets[node + 1] as number;
			for (let edge = offsets[node] as number; edge < end; edge++) {
				const to = targets[edge] as number;
				if (grade[to] !== 0 || (gradeOfEdge[edgeKinds[edge] as number] as number) < least) continue;
				if (to === removedNode || edge === removedEdge) continue;
				const need = needs[to] as number;
				if (need > 1) {
					const now = (had.get(to) ?? 0) + 1;
					had.set(to, now);
					if (now < need) continue;
				}
				grade[to] = least;
				by[to] = edge;
				from[to] = node;
				order[count++] = to;
			}
		}
	};

	return (taken, { node: removedNode = -1, edge: removedEdge = -1 } = {}) => {
		for (let place = 0; place < count; place++) grade[order[place] as number] = 0;
		count = 0;
		for (const node of taken) {
			if (grade[node] !== 0 || node === removedNode) continue;
			grade[node] = 2;
			by[node] = -1;
			from[node] = -1;
			order[count++] = node;
		}
		spread(2, removedNode, removedEdge);
		const certain = count;
		spread(1, removedNode, removedEdge);
		return { count, order, certain, grade, by, from };
	};
};

/** A node or edge that is mended, and so lets nothing through. */
export interface Without {
	readonly node?: number;
	readonly edge?: number;
}
