import type { CoveredRow } from '../port/registry-log.ts';
import { Problem } from '../problem/problem.ts';
import { HASH_LENGTH, sameBytes, sha256 } from './tree.ts';
import { LeafReader, LeafWriter } from './varint.ts';

/** What a leaf of the registry begins with (`registry-leaf.ts`). */
export const REGISTRY_LEAF = 3;
const MOST_ROWS = 1_000_000;

/** The rows that a leaf of the registry speaks of, and the code under them, not compared. Throws `Problem('ledger-broken')`. */
export const readRows = (bytes: Uint8Array): { readonly rows: readonly CoveredRow[]; readonly code: Uint8Array } => {
	const reader = new LeafReader(bytes);
	if (reader.byte() !== REGISTRY_LEAF) throw new Problem('ledger-broken', 'it is of an unknown version');
	const rows: CoveredRow[] = [];
	const count = reader.varint();
	if (count > MOST_ROWS) throw new Problem('ledger-broken', 'it claims more rows than a leaf has');
	for (let left = count; left > 0; left--) {
		const kind = reader.text();
		const key = reader.text();
		rows.push({ kind, key, state: reader.byte() === 0 ? null : reader.bytes(HASH_LENGTH) });
	}
	const code = reader.bytes(HASH_LENGTH);
	reader.end();
	return { rows, code };
};

/** How a row that is there is written in a leaf. */
export const rowInLeaf = (kind: string, key: string, state: Uint8Array): Uint8Array => {
	const writer = new LeafWriter(64);
	writer.text(kind);
	writer.text(key);
	writer.byte(1);
	writer.bytes(state);
	return writer.done();
};

/** Whether the leaf says that the row of that name has this content. Throws `Problem('ledger-broken')`. */
export const leafCovers = (leaf: Uint8Array, kind: string, key: string, content: string): boolean => {
	const state = sha256(new TextEncoder().encode(content));
	return readRows(leaf).rows.some(
		(row) => row.kind === kind && row.key === key && row.state !== null && sameBytes(row.state, state),
	);
};
