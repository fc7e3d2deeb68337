import { createExposure } from './exposure.ts';
import { nodeKindNames } from './node-kind.ts';
import { gradeOfEdge, type TrustGraph } from './trust-graph.ts';

/** Edges by their end: `sources` of node n from `offsets[n]` to `offsets[n + 1]`. */
interface Reversed {
	readonly offsets: Int32Array;
	readonly sources: Int32Array;
	/** The grade of each, as `gradeOfEdge` has it. */
	readonly grades: Uint8Array;
}

const reverse = ({ nodes, edges, offsets, targets, edgeKinds }: TrustGraph): Reversed => {
	const ends = new Int32Array(nodes + 1);
	for (let edge = 0; edge < edges; edge++) {
		const after = (targets[edge] as number) + 1;
		ends[after] = (ends[after] as number) + 1;
	}
	for (let node = 0; node < nodes; node++) ends[node + 1] = (ends[node + 1] as number) + (ends[node] as number);
	const next = ends.slice(0, nodes);
	const sources = new Int32Array(edges);
	const grades = new Uint8Array(edges);
	for (let node = 0; node < nodes; node++) {
		for (let edge = offsets[node] as number; edge < (offsets[node + 1] as number); edge++) {
			const to = targets[edge] as number;
			sources[next[to] as number] = node;
			grades[next[to] as number] = gradeOfEdge[edgeKinds[edge] as number] as number;
			next[to] = (next[to] as number) + 1;
		}
	}
	return { offsets: ends, sources, grades };
};

const DEVICE = nodeKindNames.indexOf('device');
const KEY = nodeKindNames.indexOf('key');

/** What falls with a device besides itself (reach-bound; EN 303 645 5.4-4, CRA Annex I Part I (2)(k)). */
export interface DeviceReach {
	readonly device: number;
	/** As the scale of reach-bound has it. */
	readonly value: 'any' | 'none' | 'none-and-no-key';
	/** Another device that falls with it; null where none does. */
	readonly other: number | null;
}

/**
 * Prepares the question, for all devices at once, whether another falls with each. `owners`: by node the device that is lost with it
 * (its identity, the machine itself); -1 for other nodes. Each node keeps two of those that it leads to, so that time is in
 * proportion to the edges, however much each device opens. The answer is as if the node `without` were mended, and let nothing through.
 */
export const createFleetReach = (graph: TrustGraph, owners: Int32Array): ((without?: number) => DeviceReach[]) => {
	const { nodes, kinds } = graph;
	const { offsets, sources, grades } = reverse(graph);
	const exposure = createExposure(graph);
	const thresholds = graph.needs.some((need) => need > 1);

	/** Takes a threshold for an open door: what it clears is clear, what it accuses is looked at. */
	const label = (without: number): { first: Int32Array; second: Int32Array } => {
		const first = owners.slice();
		const second = new Int32Array(nodes).fill(-1);
		const stack = new Int32Array(2 * nodes + 1);
		let height = 0;
		for (let node = nodes - 1; node >= 0; node--) if (first[node] !== -1) stack[height++] = node;
		while (height > 0) {
			const node = stack[--height] as number;
			if (node === without) continue;
			const [one, two] = [first[node] as number, second[node] as number];
			const end = offsets[node + 1] as number;
			for (let place = offsets[node] as number; place < end; place++) {
				const before = sources[place] as number;
				if (second[before] !== -1) continue;
				const had = first[before] as number;
				const other = one === had ? two : one;
				if (other === -1 || other === had) continue;
				if (had === -1) {
					first[before] = other;
					if (two !== -1 && two !== other) second[before] = two;
				} else second[before] = other;
				stack[height++] = before;
			}
		}
		return { first, second };
	};

	const otherByExposure = (device: number, without: number): number | null => {
		const { order, count } = exposure([device], { node: without });
		for (let place = 0; place < count; place++) {
			const owner = owners[order[place] as number] as number;
			if (owner !== -1 && owner !== device) return owner;
		}
		return null;
	};

	const keyLeaves = (device: number): boolean => {
		const { order, certain } = exposure([device]);
		for (let place = 0; place < certain; place++) if (kinds[order[place] as number] === KEY) return true;
		return false;
	};

	/** The nodes from which a key is reached for certain; thresholds taken for open. */
	const leadsToKey = (): Uint8Array => {
		const leads = new Uint8Array(nodes);
		const stack = new Int32Array(nodes);
		let height = 0;
		for (let node = 0; node < nodes; node++)
			if (kinds[node] === KEY) {
				leads[node] = 1;
				stack[height++] = node;
			}
		while (height > 0) {
			const node = stack[--height] as number;
			for (let place = offsets[node] as number; place < (offsets[node + 1] as number); place++) {
				const before = sources[place] as number;
				if (grades[place] !== 2 || leads[before] !== 0) continue;
				leads[before] = 1;
				stack[height++] = before;
			}
		}
		return leads;
	};

	return (without = -1) => {
		const { first, second } = label(without);
		const leads = leadsToKey();
		const reaches: DeviceReach[] = [];
		for (let device = 0; device < nodes; device++) {
			if (kinds[device] !== DEVICE) continue;
			const labelled = first[device] === device ? (second[device] as number) : (first[device] as number);
			const accused = labelled === -1 ? null : labelled;
			const other = accused !== null && thresholds ? otherByExposure(device, without) : accused;
			const value =
				other !== null ? 'any' : leads[device] === 1 && (!thresholds || keyLeaves(device)) ? 'none' : 'none-and-no-key';
			reaches.push({ device, value, other });
		}
		return reaches;
	};
};
