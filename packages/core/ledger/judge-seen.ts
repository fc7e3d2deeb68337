import { Problem } from '../problem/problem.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { checkProof } from './check-proof.ts';
import { readVerifierKey } from './note.ts';

/** What a reader keeps of the ledger that it was shown last. */
export interface SeenLedger {
	/** Verifier key (C2SP vkey). */
	readonly key: string;
	/** Signed checkpoint. */
	readonly note: string;
}

/** What a service shows of a ledger to somebody who has seen it before. */
export interface ShownLedger {
	readonly key: string;
	/** Null while the ledger has no leaf. */
	readonly note: string | null;
	/** What leads from the checkpoint that was seen before to this one. */
	readonly growth: readonly Uint8Array[] | null;
}

/** Either the ledger only grew, and `seen` is to be kept; or it is another history, and both are evidence. */
export type LedgerSight =
	| { readonly forked: null; readonly seen: SeenLedger | null }
	| { readonly forked: string; readonly seen: SeenLedger };

/**
 * CR 3.9, for a reader who asks nobody else: a service that was put back, or that has written another history, has to show a
 * checkpoint that does not follow from the one that was seen before. Throws `Problem('ledger-broken')` where it shows no ledger and none was
 * seen before.
 */
export const judgeSeen = (seen: SeenLedger | null, { key, note, growth }: ShownLedger): LedgerSight => {
	if (seen === null) {
		if (note !== null) openCheckpoint(note, keyOf(key));
		return { forked: null, seen: note === null ? null : { key, note } };
	}
	const before = seenCheckpoint(seen);
	if (key !== seen.key)
		return {
			forked: `it is signed as ${originOfKey(key)}, and ${before.origin} was seen before: after keyward restore at the site the name changes and the key stays; nothing else may change it`,
			seen,
		};
	if (note === null) return { forked: `it has no leaf, and a checkpoint of ${before.size} was seen before`, seen };
	const { refused } = checkProof({ note, leaf: null, growth }, keyOf(key), before);
	return refused === null ? { forked: null, seen: { key, note } } : { forked: refused, seen };
};

/** Throws `Problem('ledger-broken')` where the note is not of the key. */
export const seenCheckpoint = ({ key, note }: SeenLedger): Checkpoint => openCheckpoint(note, keyOf(key));

const keyOf = (key: string) => {
	try {
		return readVerifierKey(key);
	} catch (error) {
		if (error instanceof Problem) throw new Problem('ledger-broken', error.detail, { cause: error });
		throw error;
	}
};

const originOfKey = (key: string): string => key.slice(0, 200).split('+')[0] ?? '';
