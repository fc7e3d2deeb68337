import { setTimeout as sleep } from 'node:timers/promises';
import { type Checkpoint, RegistryVerifier } from '@keyward/core/ledger';
import type { CoveredRow, RegistryLog } from '@keyward/core/port';

/** Read with nobody served in between: some milliseconds. */
const LEAVES = 500;
const ROWS = 200;
/** Looked for in one statement, which reads every row of their kind. */
const SOUGHT = 1000;

/**
 * Reads the registry's whole ledger and every row that it covers, and says what does not agree. May run while the store is in
 * use: each row is judged by the leaves of the moment at which it is read. `share` as of `verifyLedger`.
 */
export const verifyRegistry = async (
	log: RegistryLog,
	secret: Uint8Array,
	checkpoint: Checkpoint | null,
	share = 1,
): Promise<ReturnType<RegistryVerifier['finish']>> => {
	const verifier = new RegistryVerifier(secret, checkpoint);
	let rested = performance.now();
	const rest = async (): Promise<void> => {
		await sleep(((performance.now() - rested) * (1 - share)) / share);
		rested = performance.now();
	};
	const addLeaves = (): boolean => {
		const leaves = log.leaves(verifier.size, LEAVES);
		for (const leaf of leaves) verifier.addLeaf(leaf);
		// Fewer: these were the last. To wait until none comes could last as long as somebody writes.
		return leaves.length === LEAVES;
	};
	for (let more = true; more; await rest()) more = addLeaves();
	const compare = (row: CoveredRow): void => {
		if (!verifier.agrees(row)) verifier.differs(row);
	};
	const seen = new Set<string>();
	/** Every row that was not seen yet. Leaves and rows of a page are of one moment, for nothing else runs in this thread meanwhile. */
	const readRows = async (): Promise<void> => {
		for (let after: string | null = null, begun = false; !begun || after !== null; begun = true, await rest()) {
			while (addLeaves());
			const page: ReturnType<RegistryLog['rows']> = log.rows(after, ROWS);
			for (const row of page.rows) {
				const name = `${row.kind}/${row.key}`;
				if (seen.has(name)) continue;
				seen.add(name);
				compare(row);
			}
			after = page.next;
		}
	};
	/** What leaves speak of and was not seen, by kind. */
	const unseen = (): Map<string, string[]> => {
		const missing = new Map<string, string[]>();
		for (const { kind, key } of verifier.covered())
			if (!seen.has(`${kind}/${key}`)) {
				const keys = missing.get(kind) ?? [];
				keys.push(key);
				missing.set(kind, keys);
			}
		return missing;
	};
	await readRows();
	// Rows that were added where the reading had been already, so that what is looked for below is seldom there at all.
	if (unseen().size > 0) await readRows();
	for (const [kind, keys] of unseen())
		for (let at = 0; at < keys.length; at += SOUGHT, await rest()) {
			while (addLeaves());
			for (const row of log.find(kind, keys.slice(at, at + SOUGHT))) compare(row);
		}
	while (addLeaves());
	return verifier.finish(log.edge());
};
