import { Problem } from '../problem/problem.ts';
import type { AddCheckpoint } from './add-checkpoint.ts';
import { type Checkpoint, openCheckpoint, readCheckpoint } from './checkpoint.ts';
import { type NoteKey, splitNote } from './note.ts';
import { verifyConsistency } from './proof.ts';
import { emptyCompactRange, root, sameBytes } from './tree.ts';

/** What a witness answers to a checkpoint (C2SP tlog-witness, add-checkpoint). */
export type CheckpointJudgement =
	| { readonly status: 200; readonly checkpoint: Checkpoint; readonly text: string }
	/** Malformed, or an old size above the new one. */
	| { readonly status: 400; readonly detail: string }
	/** No key that the witness trusts for this origin signed it. */
	| { readonly status: 403; readonly detail: string }
	/** The origin is not known. */
	| { readonly status: 404; readonly detail: string }
	/** The witness is at another size, or knows another tree of this size. */
	| { readonly status: 409; readonly detail: string; readonly size: number; readonly contradicts: boolean }
	/** The proof does not lead from what the witness cosigned to this checkpoint. */
	| { readonly status: 422; readonly detail: string };

/** The checkpoint's origin, where it is one. Nothing of it is to be believed yet. */
export const originIn = (note: string): string | null => {
	try {
		return readCheckpoint(splitNote(note).text).origin;
	} catch (error) {
		if (error instanceof Problem) return null;
		throw error;
	}
};

/**
 * `keys` are those of logs that the witness trusts, `latest` is what it cosigned last for the checkpoint's origin. The caller
 * keeps the checkpoint before it answers, and judges nothing else of this origin meanwhile.
 */
export const judgeCheckpoint = (
	{ old, proof, note }: AddCheckpoint,
	keys: readonly NoteKey[],
	latest: Checkpoint | null,
): CheckpointJudgement => {
	const origin = originIn(note);
	if (origin === null) return { status: 400, detail: 'What follows the empty line is no signed checkpoint.' };
	const own = keys.filter(({ name }) => name === origin);
	if (own.length === 0) return { status: 404, detail: 'This witness does not know the origin.' };
	const checkpoint = own.map((key) => signedBy(note, key)).find((one) => one !== null) ?? null;
	// CR 3.9: who cannot sign for the log must not move what the witness holds it to.
	if (checkpoint === null) return { status: 403, detail: 'No key that this witness trusts signed the checkpoint.' };
	const { size } = checkpoint;
	if (old > size) return { status: 400, detail: 'The old size is above the size of the checkpoint.' };
	const known = latest?.size ?? 0;
	if (old !== known) return { status: 409, detail: 'The witness is at another size.', size: known, contradicts: false };
	const knownRoot = latest?.root ?? root(emptyCompactRange);
	if (size === known && !sameBytes(checkpoint.root, knownRoot)) {
		// Two trees of one size: the log shows different histories.
		const detail = 'The witness knows another tree of this size.';
		return { status: 409, detail, size: known, contradicts: true };
	}
	const continues = known === 0 ? proof.length === 0 : verifyConsistency(old, size, knownRoot, checkpoint.root, proof);
	if (!continues) return { status: 422, detail: 'The proof does not lead from what the witness cosigned to this.' };
	return { status: 200, checkpoint, text: splitNote(note).text };
};

const signedBy = (note: string, key: NoteKey): Checkpoint | null => {
	try {
		return openCheckpoint(note, key);
	} catch (error) {
		if (error instanceof Problem) return null;
		throw error;
	}
};
