import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { Problem } from '../problem/problem.ts';

/** Bytes of every hash of the tree: SHA-256. */
export const HASH_LENGTH = 32;

/**
 * The right edge of a Merkle tree (RFC 9162 §2.1): the roots of the full subtrees that its leaves fill, largest first.
 * All that is needed to add a leaf and to know the root.
 */
export interface CompactRange {
	/** Number of leaves. */
	readonly size: number;
	/** One hash for each bit set in `size`. */
	readonly hashes: readonly Uint8Array[];
}

export const emptyCompactRange: CompactRange = Object.freeze({ size: 0, hashes: Object.freeze([]) });

export const sha256 = (bytes: Uint8Array): Uint8Array => {
	const digest = hash('sha256', bytes, 'buffer');
	return new Uint8Array(digest.buffer, digest.byteOffset, digest.length);
};

/** RFC 9162 §2.1.1: the 0x00 keeps a leaf from passing as a node (second preimage). */
export const leafHash = (bytes: Uint8Array): Uint8Array => {
	const input = new Uint8Array(1 + bytes.length);
	input.set(bytes, 1);
	return sha256(input);
};

/** RFC 9162 §2.1.1: the 0x01 keeps a node from passing as a leaf. */
export const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array => {
	const input = new Uint8Array(1 + left.length + right.length);
	input[0] = 1;
	input.set(left, 1);
	input.set(right, 1 + left.length);
	return sha256(input);
};

/** The edge after one more leaf, given as its {@link leafHash}. */
export const appendLeaf = (edge: CompactRange, leaf: Uint8Array): CompactRange => {
	assert.equal(leaf.length, HASH_LENGTH);
	const hashes = edge.hashes.slice();
	let right = leaf;
	// Sizes pass 2^31: no bit operators.
	for (let size = edge.size; size % 2 === 1; size = (size - 1) / 2) {
		const left = hashes.pop();
		assert(left);
		right = nodeHash(left, right);
	}
	hashes.push(right);
	return { size: edge.size + 1, hashes };
};

/** The Merkle tree hash; of no leaves SHA-256 of nothing (RFC 9162 §2.1.1). */
export const root = (edge: CompactRange): Uint8Array => {
	let right = edge.hashes.at(-1);
	if (right === undefined) return sha256(new Uint8Array(0));
	for (let i = edge.hashes.length - 2; i >= 0; i--) {
		const left = edge.hashes[i];
		assert(left);
		right = nodeHash(left, right);
	}
	return right;
};

/** The hashes one after another; the size is kept beside them. */
export const encodeCompactRange = (edge: CompactRange): Uint8Array => {
	const bytes = new Uint8Array(edge.hashes.length * HASH_LENGTH);
	for (const [i, part] of edge.hashes.entries()) bytes.set(part, i * HASH_LENGTH);
	return bytes;
};

/** Throws `Problem('ledger-broken')` when the bytes do not fit the size. */
export const decodeCompactRange = (size: number, bytes: Uint8Array): CompactRange => {
	if (!Number.isSafeInteger(size) || size < 0)
		throw new Problem('ledger-broken', `A ledger cannot have ${size} leaves.`);
	let count = 0;
	for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
	if (bytes.length !== count * HASH_LENGTH) {
		throw new Problem(
			'ledger-broken',
			`The edge of a ledger with ${size} leaves has ${count} hashes, not ${bytes.length} bytes.`,
		);
	}
	const hashes = Array.from({ length: count }, (_, i) => bytes.slice(i * HASH_LENGTH, (i + 1) * HASH_LENGTH));
	return { size, hashes };
};

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
	a.length === b.length && a.every((byte, i) => byte === b[i]);
