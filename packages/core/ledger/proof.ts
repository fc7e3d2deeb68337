import assert from 'node:assert/strict';
import { appendLeaf, type CompactRange, emptyCompactRange, HASH_LENGTH, nodeHash, root, sameBytes } from './tree.ts';

/** The leaf hash at an index of the tree. */
export type LeafHashes = (index: number) => Uint8Array;

/** The largest power of two below `n`, for n > 1. */
const split = (n: number): number => {
	let k = 1;
	while (k * 2 < n) k *= 2;
	return k;
};

/** Bytes moved from one hash to its neighbour would make the same node. */
const areHashes = (hashes: readonly Uint8Array[]): boolean => hashes.every((hash) => hash.length === HASH_LENGTH);

const subtree = (leaves: LeafHashes, first: number, count: number): Uint8Array => {
	let edge: CompactRange = emptyCompactRange;
	for (let i = 0; i < count; i++) edge = appendLeaf(edge, leaves(first + i));
	return root(edge);
};

/** Some leaves that follow each other. */
export interface Leaves {
	readonly first: number;
	readonly count: number;
}

/** The subtrees whose hashes are an inclusion proof, in its order: leaf side first (RFC 9162 §2.1.3.1). */
export const inclusionRanges = (index: number, size: number): Leaves[] => {
	assert(Number.isSafeInteger(index) && Number.isSafeInteger(size) && index >= 0 && index < size);
	const path = (first: number, count: number): Leaves[] => {
		if (count === 1) return [];
		const k = split(count);
		return index < first + k
			? [...path(first, k), { first: first + k, count: count - k }]
			: [...path(first + k, count - k), { first, count: k }];
	};
	return path(0, size);
};

/** Shows that the leaf at `index` is in the tree of the first `size` leaves. Asks for every other leaf hash once. */
export const inclusionProof = (leaves: LeafHashes, index: number, size: number): Uint8Array[] =>
	inclusionRanges(index, size).map(({ first, count }) => subtree(leaves, first, count));

/** The hash of some leaves of a proof, from those of the full subtrees of `unit` leaves and of single leaves (RFC 9162 §2.1.1). */
export const rangeHash = (
	{ first, count }: Leaves,
	unit: number,
	unitHash: (number: number) => Uint8Array,
	leaves: LeafHashes,
): Uint8Array => {
	if (count === 1) return leaves(first);
	if (count === unit && first % unit === 0) return unitHash(first / unit);
	const k = split(count);
	const left = rangeHash({ first, count: k }, unit, unitHash, leaves);
	return nodeHash(left, rangeHash({ first: first + k, count: count - k }, unit, unitHash, leaves));
};

/** The subtrees whose hashes are that proof, in its order. None is partly in the old tree and partly beyond it. */
export const consistencyRanges = (old: number, size: number): Leaves[] => {
	assert(Number.isSafeInteger(old) && Number.isSafeInteger(size) && old > 0 && old <= size);
	// `known`: the verifier has this subtree's hash as the whole old root.
	const path = (first: number, count: number, known: boolean): Leaves[] => {
		if (old === first + count) return known ? [] : [{ first, count }];
		const k = split(count);
		return old <= first + k
			? [...path(first, k, known), { first: first + k, count: count - k }]
			: [...path(first + k, count - k, false), { first, count: k }];
	};
	return path(0, size, true);
};

/** Shows that the tree of `size` leaves begins with the tree of the first `old` ≥ 1 leaves (RFC 9162 §2.1.4.1). */
export const consistencyProof = (leaves: LeafHashes, old: number, size: number): Uint8Array[] =>
	consistencyRanges(old, size).map(({ first, count }) => subtree(leaves, first, count));

/** Whether the proof leads from this leaf hash at `index` to the root of `size` leaves (RFC 9162 §2.1.3.2). */
export const verifyInclusion = (
	leaf: Uint8Array,
	index: number,
	size: number,
	proof: readonly Uint8Array[],
	expected: Uint8Array,
): boolean => {
	if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
	if (!areHashes([leaf, ...proof])) return false;
	let at = index;
	let end = size - 1;
	let hash = leaf;
	for (const step of proof) {
		// A longer path than the tree is high proves nothing about this tree.
		if (end === 0) return false;
		if (at % 2 === 1 || at === end) {
			hash = nodeHash(step, hash);
			while (at % 2 === 0 && at !== 0) {
				at /= 2;
				end = Math.floor(end / 2);
			}
		} else hash = nodeHash(hash, step);
		at = Math.floor(at / 2);
		end = Math.floor(end / 2);
	}
	return end === 0 && sameBytes(hash, expected);
};

/**
 * Whether the proof shows that the tree with root `newRoot` begins with the one with root `oldRoot`
 * (RFC 9162 §2.1.4.2). False for an old size of 0: every tree begins with the empty one, so that shows nothing.
 */
export const verifyConsistency = (
	old: number,
	size: number,
	oldRoot: Uint8Array,
	newRoot: Uint8Array,
	proof: readonly Uint8Array[],
): boolean => {
	if (!Number.isSafeInteger(old) || !Number.isSafeInteger(size) || old < 1 || old > size) return false;
	if (old === size) return proof.length === 0 && sameBytes(oldRoot, newRoot);
	if (!areHashes([oldRoot, ...proof])) return false;
	let at = old - 1;
	let end = size - 1;
	while (at % 2 === 1) {
		at = (at - 1) / 2;
		end = Math.floor(end / 2);
	}
	// An old size that is a power of two is itself the first subtree.
	const [first, ...steps] = at === 0 ? [oldRoot, ...proof] : proof;
	if (first === undefined) return false;
	let oldHash = first;
	let newHash = first;
	for (const step of steps) {
		if (end === 0) return false;
		if (at % 2 === 1 || at === end) {
			oldHash = nodeHash(step, oldHash);
			newHash = nodeHash(step, newHash);
			while (at % 2 === 0 && at !== 0) {
				at /= 2;
				end = Math.floor(end / 2);
			}
		} else newHash = nodeHash(newHash, step);
		at = Math.floor(at / 2);
		end = Math.floor(end / 2);
	}
	return end === 0 && sameBytes(oldHash, oldRoot) && sameBytes(newHash, newRoot);
};
