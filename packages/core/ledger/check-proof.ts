import { Problem } from '../problem/problem.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import type { NoteKey } from './note.ts';
import { verifyConsistency, verifyInclusion } from './proof.ts';
import { leafHash, sameBytes } from './tree.ts';

/** What a ledger shows of itself. */
export interface LedgerProof {
	/** A checkpoint, signed by the ledger's key. */
	readonly note: string;
	/** A leaf, and what leads from it to the root of the checkpoint; null when none was asked for. */
	readonly leaf: {
		readonly index: number;
		readonly bytes: Uint8Array;
		readonly inclusion: readonly Uint8Array[];
	} | null;
	/** What leads from the checkpoint that was seen before to this one; null when there is nothing that could. */
	readonly growth: readonly Uint8Array[] | null;
}

/** What it is worth to somebody who asks nobody else. */
export interface ProofCheck {
	/** Null when all of it holds. */
	readonly refused: string | null;
	/** Two histories of one ledger were shown: its keeper signed both. */
	readonly fork: boolean;
	/** Signed by the key, whatever else does not hold; null when it is not. */
	readonly checkpoint: Checkpoint | null;
}

/**
 * Checks what a ledger shows by the key that somebody believes and the checkpoint that they saw last. CR 3.9, CR 2.12: who keeps the
 * ledger can neither leave a leaf out, nor change one, nor go back behind what was seen, without being told here.
 */
export const checkProof = (
	{ note, leaf, growth }: LedgerProof,
	key: NoteKey,
	seen: Pick<Checkpoint, 'size' | 'root'> | null,
): ProofCheck => {
	let checkpoint: Checkpoint;
	try {
		checkpoint = openCheckpoint(note, key);
	} catch (error) {
		if (error instanceof Problem) return { refused: error.detail, fork: false, checkpoint: null };
		throw error;
	}
	const refuse = (refused: string, fork: boolean): ProofCheck => ({ refused, fork, checkpoint });
	const { size, root } = checkpoint;
	if (seen !== null) {
		if (size < seen.size)
			return refuse(`the ledger has ${size} leaves, and a checkpoint of ${seen.size} was seen before`, true);
		if (size === seen.size && !sameBytes(root, seen.root))
			return refuse(`another tree of ${size} leaves was seen before`, true);
		// Nothing is a prefix of everything: there is nothing to show.
		const grows = seen.size === 0 || size === seen.size;
		if (!grows && !verifyConsistency(seen.size, size, seen.root, root, growth ?? []))
			return refuse(`it does not show that it grew from the ${seen.size} leaves that were seen before`, true);
	}
	if (leaf !== null && !verifyInclusion(leafHash(leaf.bytes), leaf.index, size, leaf.inclusion, root))
		return refuse(`leaf ${leaf.index} is not what the signed checkpoint of ${size} leaves has there`, false);
	return { refused: null, fork: false, checkpoint };
};
