import assert from 'node:assert/strict';
import { Problem } from '../problem/problem.ts';
import { consistencyRanges } from './proof.ts';
import { appendLeaf, type CompactRange, emptyCompactRange, root } from './tree.ts';

/** The hashes of the leaves from an index on, in order. */
export type LeavesFrom = (index: number) => AsyncIterable<Uint8Array>;

/** The proof and the root that it leads to. */
export interface Growth {
	readonly proof: readonly Uint8Array[];
	/** The right edge of `size` leaves. */
	readonly edge: CompactRange;
}

/**
 * The consistency proof from the tree with right edge `old`, not empty, to that of `size` leaves (RFC 9162 §2.1.4.1), from
 * the leaves after `old` alone: what a proof shows of the old tree are the peaks of its edge. Reads each new leaf once.
 */
export const growthProof = async (old: CompactRange, size: number, leavesFrom: LeavesFrom): Promise<Growth> => {
	const ranges = consistencyRanges(old.size, size);
	const fresh = ranges.filter(({ first }) => first >= old.size).toSorted((a, b) => a.first - b.first);
	const hashes = new Map<number, Uint8Array>(peaks(old));
	let edge = old;
	let part: CompactRange = emptyCompactRange;
	let at = 0;
	for await (const leaf of leavesFrom(old.size)) {
		if (edge.size === size) break;
		edge = appendLeaf(edge, leaf);
		part = appendLeaf(part, leaf);
		const range = fresh[at];
		assert(range);
		if (part.size < range.count) continue;
		hashes.set(range.first, root(part));
		part = emptyCompactRange;
		at++;
	}
	if (edge.size !== size) throw new Problem('ledger-broken', `The ledger ends after ${edge.size} leaves of ${size}.`);
	const proof = ranges.map(({ first }) => {
		const hash = hashes.get(first);
		assert(hash);
		return hash;
	});
	return { proof, edge };
};

/** The full subtrees of an edge by the index of their first leaf. */
const peaks = ({ size, hashes }: CompactRange): [number, Uint8Array][] => {
	const found: [number, Uint8Array][] = [];
	let first = 0;
	for (const hash of hashes) {
		let count = 1;
		while (count * 2 <= size - first) count *= 2;
		found.push([first, hash]);
		first += count;
	}
	return found;
};
