import type { Operations } from '@keyward/contract';
import { checkProof, leafCovers, noteKeyId, readVerifierKey } from '@keyward/core/ledger';

type Answer = Operations['ledger.prove']['output'];

/** What this browser saw last of a ledger. */
export interface Seen {
	/** Verifier key (C2SP vkey). */
	readonly key: string;
	readonly size: number;
	/** Base64. */
	readonly root: string;
	readonly note: string;
	readonly at: number;
}

/** What the site's answer is worth to this browser. */
export interface Judged {
	/** Null when all holds. */
	readonly refused: string | null;
	readonly fork: boolean;
	/** The site names another key than before: the person who looks must say which counts. */
	readonly otherKey: boolean;
	readonly ledger: string;
	readonly key: string;
	readonly note: string;
	readonly keyId: string;
	readonly size: number;
	readonly leaf: number | null;
	/** Columns of the entry, as the ledger has them; null unless it holds. */
	readonly entry: readonly (readonly [string, string])[] | null;
	/** What is to be remembered; null unless it holds. */
	readonly saw: Seen | null;
}

const bytesOf = (text: string): Uint8Array => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
const textOf = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

/** Checks, in the browser, what the site shows of its ledger: by core's code, the key and the checkpoint that were seen before. */
export const judge = (
	answer: Answer,
	entry: { readonly kind: string; readonly number: number } | null,
	before: Seen | null,
	now: number,
): Judged => {
	const key = readVerifierKey(answer.key);
	const seen = before === null ? null : { size: before.size, root: bytesOf(before.root) };
	const leaf = answer.leaf && {
		...{ index: answer.leaf.index, bytes: bytesOf(answer.leaf.bytes) },
		inclusion: answer.leaf.inclusion.map(bytesOf),
	};
	const otherKey = before !== null && before.key !== answer.key;
	const growth = answer.growth?.map(bytesOf) ?? null;
	// Another key signs another ledger: what was seen of the first says nothing of it.
	const found = checkProof({ note: answer.note, leaf, growth }, key, otherKey ? null : seen);
	const covered =
		entry === null || (leaf !== null && leafCovers(leaf.bytes, entry.kind, String(entry.number), answer.content ?? ''));
	const refused = found.refused ?? (covered ? null : 'the leaf does not have the entry with this content');
	const { checkpoint } = found;
	const holds = refused === null && checkpoint !== null;
	return {
		...{ refused, fork: found.fork, otherKey, ledger: answer.ledger, key: answer.key, note: answer.note },
		keyId: Array.from(noteKeyId(key), (byte) => byte.toString(16).padStart(2, '0')).join(''),
		...{ size: checkpoint?.size ?? 0, leaf: leaf?.index ?? null },
		entry:
			holds && answer.content !== null
				? (JSON.parse(answer.content) as readonly (readonly [string, string, unknown])[]).map(
						([name, , value]) => [name, String(value)] as const,
					)
				: null,
		saw: holds
			? { key: answer.key, size: checkpoint.size, root: textOf(checkpoint.root), note: answer.note, at: now }
			: null,
	};
};
