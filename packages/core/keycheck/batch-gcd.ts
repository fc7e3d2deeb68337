import assert from 'node:assert/strict';
import { greatestCommonDivisor } from './greatest-common-divisor.ts';
import { bitLength } from './integer.ts';

/** Bits beyond a node's own in its fraction. Each level of the tree adds one unit to the error: enough for any tree. */
const GUARD = 64;

/**
 * Products of ever larger groups of moduli, and what one multiplication more per node yields on the way up: the sum of all
 * products of all but one of them. Its remainder by a modulus is the product of the *other* moduli, so that the way down
 * works with numbers of the moduli's size and not of their squares.
 */
export interface ProductTree {
	readonly root: Node;
	readonly cofactors: bigint;
	readonly size: number;
}

interface Node {
	readonly product: bigint;
	/** At least as many as the product has; of an inner node the sum of its children's. */
	readonly bits: number;
	readonly children: readonly [Node, Node] | null;
}

/** Told how many moduli are done. */
export type BatchProgress = (done: number) => void;

/** The product tree of moduli, each above 1 and all distinct. Memory: their own size times the tree's depth. */
export const productTree = (moduli: readonly bigint[], progress?: BatchProgress): ProductTree => {
	assert(moduli.length > 0 && moduli.every((modulus) => modulus > 1n));
	return { ...grow(moduli, 0, moduli.length, progress), size: moduli.length };
};

const grow = (
	moduli: readonly bigint[],
	from: number,
	to: number,
	progress: BatchProgress | undefined,
): { root: Node; cofactors: bigint } => {
	const modulus = moduli[from];
	assert(modulus !== undefined);
	if (to - from === 1) {
		progress?.(to);
		return { root: { product: modulus, bits: bitLength(modulus), children: null }, cofactors: 1n };
	}
	const middle = (from + to) >> 1;
	const left = grow(moduli, from, middle, progress);
	const right = grow(moduli, middle, to, progress);
	return {
		root: {
			product: left.root.product * right.root.product,
			bits: left.root.bits + right.root.bits,
			children: [left.root, right.root],
		},
		cofactors: left.cofactors * right.root.product + right.cofactors * left.root.product,
	};
};

/**
 * For each modulus of the tree, the product of all other moduli modulo it. `foreign` are the products of other trees, so
 * that each thread can take a share of the moduli: their moduli count among the others.
 *
 * A scaled remainder tree (Bernstein 2004): the root holds the fraction cofactors ÷ product, and a child's fraction is its
 * parent's times its sibling's product, modulo 1. Only the root divides, which costs V8 four times a multiplication.
 */
export const cofactorResidues = (
	{ root, cofactors, size }: ProductTree,
	foreign: readonly bigint[] = [],
	progress?: BatchProgress,
): bigint[] => {
	let numerator = cofactors % root.product;
	for (const product of foreign) numerator = (numerator * (product % root.product)) % root.product;
	const residues: bigint[] = [];
	descend(root, (numerator << BigInt(root.bits + GUARD)) / root.product, residues, progress);
	assert.equal(residues.length, size);
	return residues;
};

/** `fraction` is in units of 2^-(bits + GUARD), short by fewer units than the node's depth. */
const descend = (node: Node, fraction: bigint, residues: bigint[], progress: BatchProgress | undefined): void => {
	const precision = node.bits + GUARD;
	if (node.children === null) {
		const rounded = (fraction * node.product + (1n << BigInt(precision - 1))) >> BigInt(precision);
		residues.push(rounded % node.product);
		progress?.(residues.length);
		return;
	}
	const [left, right] = node.children;
	// The lower bits of a child's fraction are below its precision; what is above 1 is no part of a remainder.
	descend(left, BigInt.asUintN(precision, fraction * right.product) >> BigInt(right.bits), residues, progress);
	descend(right, BigInt.asUintN(precision, fraction * left.product) >> BigInt(left.bits), residues, progress);
};

/** For each modulus the factor that it shares with another: 1 for none, itself when it shares all of its primes. */
export const factorsOf = (moduli: readonly bigint[], residues: readonly bigint[]): bigint[] =>
	moduli.map((modulus, index) => greatestCommonDivisor(modulus, residues[index] ?? 0n));

/** The whole search on one thread: `factorsOf` distinct moduli above 1. */
export const sharedFactors = (moduli: readonly bigint[], progress?: BatchProgress): bigint[] =>
	moduli.length === 0 ? [] : factorsOf(moduli, cofactorResidues(productTree(moduli), [], progress));
