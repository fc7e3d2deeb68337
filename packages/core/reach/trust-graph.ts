import assert from 'node:assert/strict';
import { type EdgeKind, edgeKindNames, edgeKinds } from './edge-kind.ts';
import { type NodeKind, nodeKindNames } from './node-kind.ts';

/**
 * Who holds what, and what each opens: nodes numbered from 0, edges by their start (compressed sparse rows). Plain arrays of
 * numbers, because a fleet has millions of both.
 */
export interface TrustGraph {
	readonly nodes: number;
	readonly edges: number;
	/** Index into `nodeKindNames`, by node. */
	readonly kinds: Uint8Array;
	/** By node; nodes of one kind have different labels. */
	readonly labels: readonly string[];
	/** How many of the edges that lead here must be had: 1 but for thresholds. */
	readonly needs: Uint16Array;
	/** What it costs to lose it; 0 for what is only a step. */
	readonly weights: Float32Array;
	/** Edges of node n: from `offsets[n]` to `offsets[n + 1]`. */
	readonly offsets: Int32Array;
	readonly targets: Int32Array;
	/** Index into `edgeKindNames`, by edge. */
	readonly edgeKinds: Uint8Array;
}

/** By number of an edge kind: 2 certain, 1 in hand. */
export const gradeOfEdge: Uint8Array = Uint8Array.from(edgeKindNames, (name) =>
	edgeKinds[name].grade === 'certain' ? 2 : 1,
);

export const kindOf = (graph: TrustGraph, node: number): NodeKind => {
	const name = nodeKindNames[graph.kinds[node] ?? 255];
	assert.ok(name !== undefined, 'a node of the graph');
	return name;
};

export const edgeKindOf = (graph: TrustGraph, edge: number): EdgeKind => {
	const name = edgeKindNames[graph.edgeKinds[edge] ?? 255];
	assert.ok(name !== undefined, 'an edge of the graph');
	return name;
};

/** "device hall/probe-1" */
export const nameOf = (graph: TrustGraph, node: number): string => `${kindOf(graph, node)} ${graph.labels[node] ?? ''}`;

const spoken: Readonly<Partial<Record<NodeKind, string>>> = {
	custody: 'the',
	key: 'the key',
	identity: 'the name',
	ca: 'CA',
	service: 'the machine of',
	'update-role': 'update role',
	'command-role': 'the role',
	'owner-role': 'the role',
	'key-epoch': 'key epoch',
	'stream-write': 'stream',
	'stream-read': 'stream',
	commands: 'the commands for',
};

/** The node in a sentence: "the key 3f2a90c1", "device hall/probe-1". */
export const spokenName = (graph: TrustGraph, node: number): string => {
	const kind = kindOf(graph, node);
	return `${spoken[kind] ?? kind} ${graph.labels[node] ?? ''}`;
};

const grown = <Numbers extends Int32Array | Uint8Array | Uint16Array | Float32Array>(
	numbers: Numbers,
	make: (length: number) => Numbers,
): Numbers => {
	const larger = make(numbers.length * 2);
	larger.set(numbers);
	return larger;
};

/** Collects nodes and edges, in any order, and lays them out. */
export class TrustGraphBuilder {
	readonly #labels: string[] = [];
	#kinds = new Uint8Array(1024);
	#needs = new Uint16Array(1024);
	#weights = new Float32Array(1024);
	#starts = new Int32Array(1024);
	#ends = new Int32Array(1024);
	#edgeKinds = new Uint8Array(1024);
	#edges = 0;

	/** Adds a node; the caller sees to it that the label is new for the kind. */
	node(kind: NodeKind, label: string, { weight = 0, needs = 1 }: { weight?: number; needs?: number } = {}): number {
		const node = this.#labels.length;
		if (node === this.#kinds.length) {
			this.#kinds = grown(this.#kinds, (length) => new Uint8Array(length));
			this.#needs = grown(this.#needs, (length) => new Uint16Array(length));
			this.#weights = grown(this.#weights, (length) => new Float32Array(length));
		}
		assert.ok(Number.isInteger(needs) && needs >= 1 && needs <= 0xff_ff, 'a threshold');
		this.#labels.push(label);
		this.#kinds[node] = nodeKindNames.indexOf(kind);
		this.#needs[node] = needs;
		this.#weights[node] = weight;
		return node;
	}

	/** Who holds `from` gets `to`. */
	edge(from: number, kind: EdgeKind, to: number): void {
		const { length } = this.#labels;
		assert.ok(from >= 0 && to >= 0 && from < length && to < length, 'an edge between nodes of this graph');
		if (this.#edges === this.#starts.length) {
			this.#starts = grown(this.#starts, (size) => new Int32Array(size));
			this.#ends = grown(this.#ends, (size) => new Int32Array(size));
			this.#edgeKinds = grown(this.#edgeKinds, (size) => new Uint8Array(size));
		}
		this.#starts[this.#edges] = from;
		this.#ends[this.#edges] = to;
		this.#edgeKinds[this.#edges] = edgeKindNames.indexOf(kind);
		this.#edges++;
	}

	build(): TrustGraph {
		const nodes = this.#labels.length;
		const edges = this.#edges;
		const offsets = new Int32Array(nodes + 1);
		for (let edge = 0; edge < edges; edge++) {
			const after = (this.#starts[edge] ?? 0) + 1;
			offsets[after] = (offsets[after] ?? 0) + 1;
		}
		for (let node = 0; node < nodes; node++) offsets[node + 1] = (offsets[node + 1] ?? 0) + (offsets[node] ?? 0);
		const next = offsets.slice(0, nodes);
		const targets = new Int32Array(edges);
		const kinds = new Uint8Array(edges);
		for (let edge = 0; edge < edges; edge++) {
			const from = this.#starts[edge] ?? 0;
			const place = next[from] ?? 0;
			next[from] = place + 1;
			targets[place] = this.#ends[edge] ?? 0;
			kinds[place] = this.#edgeKinds[edge] ?? 0;
		}
		return {
			nodes,
			edges,
			kinds: this.#kinds.slice(0, nodes),
			labels: this.#labels,
			needs: this.#needs.slice(0, nodes),
			weights: this.#weights.slice(0, nodes),
			offsets,
			targets,
			edgeKinds: kinds,
		};
	}
}
