import type { Signer } from '../port/signer.ts';
import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import { openCheckpoint, signCheckpoint } from './checkpoint.ts';
import type { NoteKey } from './note.ts';
import { type CompactRange, leafHash, root, sameBytes } from './tree.ts';

/** Says, before it is done, that the rows of a ledger's first leaves are given up by the site's rule of retention. */
export interface Truncation {
	/** How many leaves, from the first on. */
	readonly leaves: number;
	/** Every row of them is of a time before it. */
	readonly before: Instant;
	readonly at: Instant;
}

const VERSION = 2;

const broken = (detail: string): Problem => new Problem('ledger-broken', detail);

/** Whether the leaf is of this kind, and so covers no rows. */
export const isTruncation = (bytes: Uint8Array): boolean => bytes[0] === VERSION;

/**
 * The leaf of that statement, 0x02 ‖ a checkpoint of the tree just before it, signed, with one extension line:
 *
 *     forgotten 1234 before 1790000000000 at 1790604800000
 *
 * CR 3.9: who writes the database and does not hold the ledger's key could remove readings and call them forgotten; so
 * the statement is signed. It stands in the tree, so a service that forgets cannot hide later that, when and how far. It names
 * the tree that it stands on, so one that was signed for another history of the ledger does not hold in this one.
 */
export const makeTruncation = async (
	{ leaves, before, at }: Truncation,
	origin: string,
	tree: CompactRange,
	signer: Signer,
): Promise<{ readonly bytes: Uint8Array; readonly hash: Uint8Array }> => {
	const extensions = [`forgotten ${leaves} before ${before} at ${at}`];
	const note = await signCheckpoint({ origin, size: tree.size, root: root(tree), extensions }, signer);
	const text = new TextEncoder().encode(note);
	const bytes = new Uint8Array(1 + text.length);
	bytes[0] = VERSION;
	bytes.set(text, 1);
	return { bytes, hash: leafHash(bytes) };
};

/** Reads the leaf that stands on `tree`. Throws `Problem('ledger-broken')`, also when the key did not sign it. */
export const readTruncation = (bytes: Uint8Array, key: NoteKey, tree: CompactRange): Truncation => {
	if (!isTruncation(bytes)) throw broken('The leaf does not say that rows are forgotten.');
	const checkpoint = openCheckpoint(new TextDecoder().decode(bytes.subarray(1)), key);
	if (checkpoint.size !== tree.size || !sameBytes(checkpoint.root, root(tree))) {
		throw broken('The statement that rows are forgotten was made for another ledger.');
	}
	const [line = '', ...more] = checkpoint.extensions ?? [];
	const numbers = /^forgotten ([0-9]+) before (-?[0-9]+) at ([0-9]+)$/.exec(line)?.slice(1).map(Number) ?? [];
	const [leaves = NaN, before = NaN, at = NaN] = numbers;
	if (more.length > 0 || !(leaves <= tree.size) || !numbers.every(Number.isSafeInteger)) {
		throw broken('The statement that rows are forgotten does not read as one.');
	}
	return { leaves, before, at };
};
