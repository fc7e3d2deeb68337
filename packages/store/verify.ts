import { setTimeout as sleep } from 'node:timers/promises';
import { type Checkpoint, type LedgerFindings, LedgerVerifier } from '@keyward/core/ledger';
import type { ReadingStore, StoredLeaf } from '@keyward/core/port';

const PAGE = 1000;
/** How far rows are looked for beyond a leaf's place in the journal before they count as missing. */
const LOOK_AHEAD = 10_000;

/**
 * Reads an application's whole ledger and every row, and says what does not agree. May run while the store is in use.
 * `share` is how much of the thread's time it may take, above 0 to 1: it rests after each page for the rest.
 * `checkpoints` are earlier ones of this ledger, their signatures verified.
 * Throws `Problem('store-failed')` when the store cannot be read at all.
 */
export const verifyLedger = async (
	store: ReadingStore,
	application: string,
	checkpoints: readonly Checkpoint[] = [],
	share = 1,
): Promise<LedgerFindings> => {
	const verifier = new LedgerVerifier(application, checkpoints);
	const owners = new Map<number, string>();
	let after = 0;
	let rested = performance.now();
	let nextLeaf = 0;
	for (;;) {
		for (;;) {
			const leaves = await store.leaves(application, nextLeaf, PAGE);
			for (const leaf of leaves) {
				await look(leaf);
				verifier.addLeaf(leaf);
				nextLeaf = leaf.index + 1;
			}
			if (leaves.length === 0) break;
		}
		// Begun together, so of one moment: nothing was appended between them.
		const [rest, edge, more, streams] = await Promise.all([
			store.journal(after, PAGE),
			store.edge(application),
			store.leaves(application, nextLeaf, 1),
			store.streams(),
		]);
		if (rest.rows.length === 0 && more.length === 0) {
			return verifier.finish(
				edge,
				streams.filter((stream) => stream.application === application),
			);
		}
		await addPage(rest);
	}

	async function look(leaf: StoredLeaf): Promise<void> {
		let lacks = verifier.lacks(leaf);
		const most = verifier.waiting + lacks + LOOK_AHEAD;
		while (lacks > 0 && verifier.waiting < most) {
			// As many more rows must come at least before it is worth counting again.
			const goal = verifier.waiting + lacks;
			while (verifier.waiting < goal) {
				const page = await store.journal(after, PAGE);
				if (page.rows.length === 0) return;
				await addPage(page);
			}
			lacks = verifier.lacks(leaf);
		}
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
