import assert from 'node:assert/strict';
import { greatestCommonDivisor } from './greatest-common-divisor.ts';
import { bitLength } from '../format/integer.ts';

/** Of fewer moduli only the product is kept; the levels below are made again when needed, for a third less memory. */
const GROUP = 32;
/** Bits beyond a node's own in its fraction. Each level of the tree adds one unit to the error: enough for any tree. */
const GUARD = 64;

/**
 * Products of ever larger groups of moduli, and what one multiplication more per node yields on the way up: the sum of all
 * products of all but one of them. Its remainder by a modulus is the product of the *other* moduli, so that the way down
 * works with numbers of the moduli's size and not of their squares.
 */
export interface ProductTree {
	readonly moduli: readonly bigint[];
	readonly cofactors: bigint;
	/** `root.product` is the product of all. */
	readonly root: Node;
}

interface Node {
	readonly product: bigint;
	/** At least as many as the product has; of an inner node the sum of its children's. */
	readonly bits: number;
	readonly from: number;
	readonly to: number;
	/** Null for a single modulus, and where they are to be made again: `cofactorResidues` drops what it has used. */
	children: readonly [Node, Node] | null;
}

/** Told how many moduli are done. */
export type BatchProgress = (done: number) => void;

/** The product tree of moduli, each above 1 and all distinct. Memory: their own size times some ten to twelve levels. */
export const productTree = (moduli: readonly bigint[], progress?: BatchProgress): ProductTree => {
	assert(moduli.length > 0 && moduli.every((modulus) => modulus > 1n));
	return { ...grow(moduli, 0, moduli.length, GROUP, progress), moduli };
};

/** Nodes of at most `group` moduli keep no children. */
const grow = (
	moduli: readonly bigint[],
	from: number,
	to: number,
	group: number,
	progress?: BatchProgress,
): { root: Node; cofactors: bigint } => {
	if (to - from === 1) {
		const product = moduli[from] ?? 1n;
		progress?.(to);
		return { root: { product, bits: bitLength(product), from, to, children: null }, cofactors: 1n };
	}
	const middle = (from + to) >> 1;
	const left = grow(moduli, from, middle, group, progress);
	const right = grow(moduli, middle, to, group, progress);
	return {
		root: {
			product: left.root.product * right.root.product,
			bits: left.root.bits + right.root.bits,
			...{ from, to },
			children: to - from <= group ? null : [left.root, right.root],
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
	{ root, cofactors, moduli }: ProductTree,
	foreign: readonly bigint[] = [],
	progress?: BatchProgress,
): bigint[] => {
	let numerator = cofactors % root.product;
	for (const product of foreign) numerator = (numerator * (product % root.product)) % root.product;
	const residues: bigint[] = [];
	const fraction = (numerator << BigInt(root.bits + GUARD)) / root.product;
	descend(moduli, root, fraction, (residue) => {
		residues.push(residue);
		progress?.(residues.length);
	});
	return residues;
};

/** `fraction` is in units of 2^-(bits + GUARD), short by fewer units than the node's depth. */
const descend = (moduli: readonly bigint[], node: Node, fraction: bigint, take: (residue: bigint) => void): void => {
	const { product, from, to } = node;
	const precision = node.bits + GUARD;
	if (to - from === 1) {
		const rounded = (fraction * product + (1n << BigInt(precision - 1))) >> BigInt(precision);
		take(rounded % product);
		return;
	}
	const children = node.children ?? grow(moduli, from, to, 1).root.children;
	assert(children !== null);
	node.children = null;
	const [left, right] = children;
	// The lower bits of a child's fraction are below its precision; what is above 1 is no part of a remainder.
	descend(moduli, left, BigInt.asUintN(precision, fraction * right.product) >> BigInt(right.bits), take);
	descend(moduli, right, BigInt.asUintN(precision, fraction * left.product) >> BigInt(left.bits), take);
};

/** For each modulus the factor that it shares with another: 1 for none, itself when it shares all of its primes. */
export const factorsOf = (moduli: readonly bigint[], residues: readonly bigint[]): bigint[] =>
	moduli.map((modulus, index) => greatestCommonDivisor(modulus, residues[index] ?? 0n));

/** The whole search on one thread: `factorsOf` distinct moduli above 1. Going up the tree counts for half of each. */
export const sharedFactors = (moduli: readonly bigint[], progress?: BatchProgress): bigint[] => {
	if (moduli.length === 0) return [];
	const tree = productTree(moduli, (done) => progress?.(done / 2));
	const residues = cofactorResidues(tree, [], (done) => progress?.((moduli.length + done) / 2));
	return factorsOf(moduli, residues);
};
