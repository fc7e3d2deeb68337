import { setTimeout as sleep } from 'node:timers/promises';
import { type Checkpoint, RegistryVerifier } from '@keyward/core/ledger';
import type { CoveredRow, RegistryLog } from '@keyward/core/port';

const PAGE = 500;

/**
 * Reads the registry's whole ledger and every row that it covers, and says what does not agree. May run while the store is in
 * use: what does not agree at first is looked at again together with the leaves that came meanwhile. `share` as of `verifyLedger`.
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
	const doubtful = new Map<string, Pick<CoveredRow, 'kind' | 'key'>>();
	const doubt = ({ kind, key }: Pick<CoveredRow, 'kind' | 'key'>): void =>
		void doubtful.set(`${kind}/${key}`, { kind, key });
	for (let more = true; more; await rest()) {
		const leaves = log.leaves(verifier.size, PAGE);
		for (const leaf of leaves) verifier.addLeaf(leaf);
		more = leaves.length > 0;
	}
	const seen = new Set<string>();
	for (let after: string | null = null, begun = false; !begun || after !== null; begun = true, await rest()) {
		const page: ReturnType<RegistryLog['rows']> = log.rows(after, PAGE);
		for (const row of page.rows) {
			seen.add(`${row.kind}/${row.key}`);
			if (!verifier.agrees(row)) doubt(row);
		}
		after = page.next;
	}
	for (const row of verifier.covered()) if (!seen.has(`${row.kind}/${row.key}`)) doubt(row);
	// From here on nothing else runs in this thread, so that leaves, rows and edge are of one moment.
	for (let leaves = log.leaves(verifier.size, PAGE); leaves.length > 0; leaves = log.leaves(verifier.size, PAGE)) {
		for (const leaf of leaves) for (const row of verifier.addLeaf(leaf)) doubt(row);
	}
	for (const { kind, key } of doubtful.values()) {
		const row = log.row(kind, key);
		if (!verifier.agrees(row)) verifier.differs(row);
	}
	return verifier.finish(log.edge());
};
