import { setTimeout as sleep } from 'node:timers/promises';
import { type Checkpoint, type LedgerFindings, LedgerVerifier, type NoteKey } from '@keyward/core/ledger';
import type { ReadingStore, StoredLeaf } from '@keyward/core/port';

const PAGE = 1000;
/** How far rows are looked for beyond a leaf's place in the journal before they count as missing. */
const LOOK_AHEAD = 10_000;

interface VerifyOptions {
	/** Earlier ones of this ledger, their signatures verified. */
	readonly checkpoints?: readonly Checkpoint[];
	/** The ledger's own; without it no row counts as forgotten. */
	readonly key?: NoteKey | null;
	/** How much of the thread's time it may take, above 0 to 1: it rests after each page for the rest. */
	readonly share?: number;
}

/**
 * Reads an application's whole ledger and every row, and says what does not agree. May run while the store is in use.
 * Throws `Problem('store-failed')` when the store cannot be read at all.
 */
export const verifyLedger = async (
	store: ReadingStore,
	application: string,
	{ checkpoints = [], key = null, share = 1 }: VerifyOptions = {},
): Promise<LedgerFindings> => {
	const verifier = new LedgerVerifier(application, checkpoints, key);
	const goneLeaves = async (): Promise<number> => (await store.forgotten()).leaves.get(application) ?? 0;
	let gone = await goneLeaves();
	const owners = new Map<number, string>();
	let after = 0;
	let rested = performance.now();
	let nextLeaf = 0;
	for (;;) {
		for (;;) {
			const leaves = await store.leaves(application, nextLeaf, PAGE);
			for (const leaf of leaves) {
				// What it lacks may have been forgotten since the last look.
				if (leaf.index >= gone && !(await look(leaf))) gone = await goneLeaves();
				if (leaf.index < gone) verifier.addForgotten(leaf);
				else verifier.addLeaf(leaf);
				nextLeaf = leaf.index + 1;
			}
			if (leaves.length === 0) break;
		}
		// Begun together, so of one moment: nothing was appended between them.
		const [rest, edge, more, streams, forgotten] = await Promise.all([
			store.journal(after, PAGE),
			store.edge(application),
			store.leaves(application, nextLeaf, 1),
			store.streams(),
			goneLeaves(),
		]);
		if (rest.rows.length === 0 && more.length === 0) {
			return verifier.finish(
				edge,
				streams.filter((stream) => stream.application === application),
				forgotten === gone,
			);
		}
		await addPage(rest);
	}

	/** Reads rows until the leaf lacks none; false when it still does. */
	async function look(leaf: StoredLeaf): Promise<boolean> {
		let lacks = verifier.lacks(leaf);
		const most = verifier.waiting + lacks + LOOK_AHEAD;
		while (lacks > 0 && verifier.waiting < most) {
			// As many more rows must come at least before it is worth counting again.
			const goal = verifier.waiting + lacks;
			while (verifier.waiting < goal) {
				const page = await store.journal(after, PAGE);
				if (page.rows.length === 0) return verifier.lacks(leaf) === 0;
				await addPage(page);
			}
			lacks = verifier.lacks(leaf);
		}
		return lacks === 0;
	}

	async function addPage({ rows, next }: Awaited<ReturnType<ReadingStore['journal']>>): Promise<void> {
		if (rows.some((row) => !owners.has(row.stream))) {
			for (const stream of await store.streams()) owners.set(stream.id, stream.application);
		}
		for (const row of rows) {
			const owner = owners.get(row.stream);
			if (owner === undefined || owner === application) verifier.addRow(row);
		}
		after = next;
		// A long verification lets readings through between its pages.
		await sleep(((performance.now() - rested) * (1 - share)) / share);
		rested = performance.now();
	}
};
