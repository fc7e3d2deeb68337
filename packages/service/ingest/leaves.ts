import { appendLeaf, decodeCompactRange, type CompactRange, encodeCompactRange, makeLeaf } from '@keyward/core/ledger';
import type { Commit, Row, Store, StreamName } from '@keyward/core/port';
import type { DataKeys } from '../at-rest/data-keys.ts';
import type { LiveStream, Streams } from './streams.ts';

/** A commit as the store takes it, and the ledgers' right edges after it. */
export interface Covered {
	readonly commit: Commit;
	readonly edges: ReadonlyMap<string, CompactRange>;
}

/** Covers what a commit adds: one leaf for each application (CR 3.9). */
export interface Leaves {
	/** `touched`: streams with rows of the commit under way. */
	cover(touched: Iterable<LiveStream>): Promise<Covered>;
	/** It is durable: the next leaves follow these. */
	keep(covered: Covered): void;
	/** The right edge of an application's ledger. */
	compactRangeOf(application: string): Promise<CompactRange>;
	/** Others may have appended: the edges are read from the store again. */
	reread(): void;
}

/** Turns the rows of an application into what is stored and covered. */
export type Encrypt = DataKeys['encrypt'];

export const createLeaves = (
	store: Pick<Store, 'edge'>,
	streams: Pick<Streams, 'mustHave'>,
	encrypt: Encrypt,
): Leaves => {
	const nameOf = (id: number): StreamName => streams.mustHave(id).name;
	const known = new Map<string, CompactRange>();
	const compactRangeOf = async (application: string): Promise<CompactRange> => {
		const edge = known.get(application);
		if (edge !== undefined) return edge;
		const stored = await store.edge(application);
		return decodeCompactRange(stored.size, stored.edge);
	};
	return {
		compactRangeOf,
		cover: async (touched) => {
			const rows = new Map<string, readonly Row[]>();
			for (const [application, plain] of byApplication(touched))
				rows.set(application, await encrypt(application, plain, nameOf));
			const leaves = [];
			const edges = new Map<string, CompactRange>();
			for (const [application, own] of rows) {
				const edge = await compactRangeOf(application);
				const leaf = makeLeaf(application, own, nameOf);
				leaves.push({ application, index: edge.size, bytes: leaf.bytes });
				edges.set(application, appendLeaf(edge, leaf.hash));
			}
			const commit = {
				rows: [...rows.values()].flat(),
				leaves,
				edges: [...edges].map(([application, edge]) => ({
					application,
					size: edge.size,
					edge: encodeCompactRange(edge),
				})),
			};
			return { commit, edges };
		},
		keep: ({ edges }) => {
			for (const [application, edge] of edges) known.set(application, edge);
		},
		reread: () => known.clear(),
	};
};

const byApplication = (touched: Iterable<LiveStream>): Map<string, Row[]> => {
	const rows = new Map<string, Row[]>();
	for (const { name, pending } of touched) {
		const own = rows.get(name.application);
		if (own === undefined) rows.set(name.application, [...(pending ?? [])]);
		else for (const row of pending ?? []) own.push(row);
	}
	return rows;
};
