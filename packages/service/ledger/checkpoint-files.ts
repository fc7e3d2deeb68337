import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '@keyward/core';
import {
	appendLeaf,
	type Checkpoint,
	decodeCompactRange,
	type CompactRange,
	encodeCompactRange,
	leafHash,
	openCheckpoint,
	root,
	signCheckpoint,
} from '@keyward/core/ledger';
import type { Signer } from '@keyward/core/port';
import { writeDurably } from '@keyward/custody';

/** Names the registry's own ledger among the applications': no application has an `_` in its name. */
export const REGISTRY = '_registry';

/** A ledger's size and right edge as the store has them. */
export interface StoredEdge {
	readonly size: number;
	readonly edge: Uint8Array;
}

/** The last checkpoint of a ledger in that folder; null when there is none. Throws `Problem('ledger-broken')`. */
export const lastCheckpoint = async (
	folder: string,
	ledger: string,
	publicKey: Uint8Array,
): Promise<Checkpoint | null> => {
	const note = await readIfThere(fileOf(folder, ledger));
	return note === null ? null : openCheckpoint(note, { name: originOf(ledger, await lineOf(folder)), publicKey });
};

/** Ledgers whose checkpoint lies in that folder. */
export const checkpointsIn = async (folder: string): Promise<string[]> => {
	const names = await readdir(folder).catch(() => []);
	return names.flatMap((name) => (name.endsWith('.checkpoint') ? [name.slice(0, -'.checkpoint'.length)] : []));
};

/** A checkpoint as it was signed, and the right edge of its tree. */
export interface SignedLedger {
	readonly note: string;
	readonly edge: CompactRange;
}

/** Durable when it resolves. `others` are more lines that are signed with it. */
export const writeCheckpoint = async (
	folder: string,
	ledger: string,
	line: string | null,
	{ size, edge }: StoredEdge,
	signer: Signer,
	others: readonly string[],
): Promise<SignedLedger> => {
	const origin = originOf(ledger, line);
	const right = decodeCompactRange(size, edge);
	const checkpoint = { origin, size, root: root(right), extensions: [edgeLine(edge), ...others] };
	const note = await signCheckpoint(checkpoint, signer);
	await writeDurably(fileOf(folder, ledger), note, 'replace');
	return { note, edge: right };
};

const fileOf = (folder: string, ledger: string): string => join(folder, `${ledger}.checkpoint`);

/** Says which line of history the ledgers are on, when it is not the first. */
const LINE_FILE = 'line';

export const lineOf = async (folder: string): Promise<string | null> =>
	(await readIfThere(join(folder, LINE_FILE)))?.trim() ?? null;

export const writeLine = async (folder: string, line: string): Promise<void> => {
	await writeDurably(join(folder, LINE_FILE), `${line}\n`, 'replace');
};

const readIfThere = (path: string): Promise<string | null> =>
	readFile(path, 'utf8').catch((error: unknown) => {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
		throw error;
	});

/** The ledger's name and its key's (C2SP tlog-checkpoint: like a URL without scheme). */
export const originOf = (ledger: string, line: string | null): string =>
	line === null ? `keyward/${ledger}` : `keyward/${ledger}/${line}`;

/** The tree's right edge, signed with the root, so that the next start can go on from it without all the leaves. */
const edgeLine = (edge: Uint8Array): string => `edge ${Buffer.from(edge).toString('base64')}`;

/** The right edge that was signed with the root. */
export const compactRangeOf = ({ extensions = [], size }: Checkpoint): CompactRange => {
	const line = extensions.find((extension) => extension.startsWith('edge ')) ?? '';
	return decodeCompactRange(size, Uint8Array.from(Buffer.from(line.slice('edge '.length), 'base64')));
};

/** Each checkpoint names what the others stand on, so that none can be taken away alone: `ledger hall 1234`. */
export const ledgerLine = (ledger: string, size: number): string => `ledger ${ledger} ${size}`;

/** What a checkpoint says of other ledgers: their size when it was signed. */
export const ledgersNamed = ({ extensions = [] }: Checkpoint): ReadonlyMap<string, number> =>
	new Map(
		extensions.flatMap((extension) => {
			const [word, ledger, size, ...more] = extension.split(' ');
			return word === 'ledger' && ledger !== undefined && more.length === 0 ? [[ledger, Number(size)] as const] : [];
		}),
	);

/** Throws `Problem('ledger-broken')` when the leaves after the checkpoint do not lead from it to the stored edge. */
export const requireContinuation = async (
	ledger: string,
	checkpoint: Checkpoint,
	stored: StoredEdge,
	leavesFrom: (index: number, limit: number) => Promise<readonly Uint8Array[]>,
): Promise<void> => {
	let edge = compactRangeOf(checkpoint);
	while (edge.size < stored.size) {
		const leaves = await leavesFrom(edge.size, Math.min(PAGE, stored.size - edge.size));
		if (leaves.length === 0) break;
		for (const leaf of leaves) edge = appendLeaf(edge, leafHash(leaf));
		await new Promise((resolve) => setImmediate(resolve));
	}
	if (edge.size === stored.size && Buffer.compare(encodeCompactRange(edge), stored.edge) === 0) return;
	throw new Problem(
		'ledger-broken',
		`the ledger of ${ledger} does not continue its last signed checkpoint (${checkpoint.size} leaves); run keyward ledger verify, and restore the database from a backup`,
	);
};

/** Leaves read at a time. */
const PAGE = 1000;
