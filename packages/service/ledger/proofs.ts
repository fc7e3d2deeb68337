import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '@keyward/core';
import {
	appendLeaf,
	type CompactRange,
	consistencyRanges,
	emptyCompactRange,
	inclusionRanges,
	leafHash,
	type LedgerProof,
	type Leaves,
	rangeHash,
	root,
} from '@keyward/core/ledger';
import type { SqliteStore } from '@keyward/store';
import { createKeyedMutex } from '../thread/keyed-mutex.ts';
import { REGISTRY } from './checkpoint-files.ts';
import type { Checkpoints } from './checkpoints.ts';
import { leavesOf } from './ledger-leaves.ts';

/** What a proof is asked about. */
export interface ProofQuery {
	/** A name, or the registry's. */
	readonly ledger: string;
	readonly leaf: number | null;
	/** A row of the registry, by the newest leaf that covers it. */
	readonly row: { readonly kind: string; readonly key: string } | null;
	/** The size of a checkpoint that was seen before. */
	readonly since: number | null;
}

/** Shows that a leaf is in a signed ledger, and that the ledger grew from what was seen before (RFC 9162 §2.1.3, §2.1.4). */
export type Prove = (query: ProofQuery) => Promise<LedgerProof & { readonly content: string | null }>;

/** Leaves of a subtree whose hash is remembered: a proof reads two or three of these from the store, however long the ledger is. */
const UNIT = 256;

export const createProofs = (store: SqliteStore, checkpoints: Pick<Checkpoints, 'newest' | 'sign'>): Prove => {
	/** Hashes of the full subtrees from the first on, by ledger: leaves are only ever added. */
	const known = new Map<string, Uint8Array[]>();
	const growing = createKeyedMutex();
	const searching = createKeyedMutex();

	/** CR 7.1: a search reads the whole ledger of the registry, where an entry is old: one at a time, and as long a rest as it took. */
	const find = (kind: string, key: string) =>
		searching(REGISTRY, async () => {
			const began = performance.now();
			const found = store.log.registry.place(kind, key);
			await sleep(performance.now() - began);
			return found;
		});

	const unitHashes = (ledger: string, size: number): Promise<readonly Uint8Array[]> =>
		growing(ledger, async () => {
			const hashes = known.get(ledger) ?? [];
			known.set(ledger, hashes);
			while ((hashes.length + 1) * UNIT <= size) {
				const leaves = await leavesOf(store, ledger)(hashes.length * UNIT, UNIT);
				if (leaves.length < UNIT) throw new Problem('ledger-broken', `Leaves of ${ledger} are missing.`);
				let edge: CompactRange = emptyCompactRange;
				for (const leaf of leaves) edge = appendLeaf(edge, leafHash(leaf));
				hashes.push(root(edge));
				// The committer's thread is the readings' first.
				await turn();
			}
			return hashes;
		});

	const signedWith = async (ledger: string, leaf: number | null): Promise<{ note: string; size: number }> => {
		const enough = (): { note: string; size: number } | null => {
			const signed = checkpoints.newest(ledger);
			if (signed === null || signed.edge.size <= (leaf ?? 0)) return null;
			return { note: signed.note, size: signed.edge.size };
		};
		const signed = enough();
		if (signed !== null) return signed;
		await checkpoints.sign();
		const now = enough();
		if (now !== null) return now;
		throw new Problem('no-such-thing', leaf === null ? 'This ledger has no leaf yet.' : `It has no leaf ${leaf}.`);
	};

	return async ({ ledger, leaf, row, since }) => {
		const place = row === null ? null : await find(row.kind, row.key);
		if (row !== null && (place === null || ledger !== REGISTRY))
			throw new Problem('no-such-thing', `No leaf covers the ${row.kind} ${row.key}.`);
		const index = place?.index ?? leaf;
		const { note, size } = await signedWith(ledger, index);
		const units = await unitHashes(ledger, size);
		const near = new Map<number, readonly Uint8Array[]>();
		const read = async (at: number): Promise<void> => {
			const first = at - (at % UNIT);
			if (!near.has(first)) near.set(first, await leavesOf(store, ledger)(first, UNIT));
		};
		const leafAt = (at: number): Uint8Array => {
			const bytes = near.get(at - (at % UNIT))?.[at % UNIT];
			if (bytes === undefined) throw new Problem('ledger-broken', `Leaf ${at} of ${ledger} is missing.`);
			return bytes;
		};
		const unitAt = (number: number): Uint8Array => {
			const hash = units[number];
			if (hash === undefined) throw new Problem('ledger-broken', `Leaves of ${ledger} are missing.`);
			return hash;
		};
		const hashes = (ranges: readonly Leaves[]): Uint8Array[] =>
			ranges.map((range) => rangeHash(range, UNIT, unitAt, (at) => leafHash(leafAt(at))));
		// What no full subtree covers is next to the leaf, to the old end or to the new one.
		for (const at of [index, size - 1, since === null ? null : Math.min(since, size - 1)])
			if (at !== null) await read(at);
		if (since !== null && since > 0) await read(Math.min(since, size) - 1);
		return {
			note,
			leaf: index === null ? null : { index, bytes: leafAt(index), inclusion: hashes(inclusionRanges(index, size)) },
			growth: since === null || since > size ? null : hashes(consistencyRanges(since, size)),
			content: place?.content ?? null,
		};
	};
};
