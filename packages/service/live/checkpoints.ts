import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Milliseconds, minutes, Problem } from '@keyward/core';
import {
	appendLeaf,
	type Checkpoint,
	decodeEdge,
	type Edge,
	encodeEdge,
	leafHash,
	type NoteKey,
	openCheckpoint,
	root,
	signCheckpoint,
} from '@keyward/core/ledger';
import type { Signer, Store } from '@keyward/core/port';
import { createFileKey, hasFileKey, makePrivateFolder, openFileKey, writeDurably } from '@keyward/custody';

/** Leaves read at a time. */
const pageSize = 1000;
/** How often a ledger that grew is signed. */
const signEvery: Milliseconds = minutes(1);

/**
 * The requirement `ledger`: signed checkpoints of each (C2SP tlog-checkpoint), kept as files beside the database: who changes or rolls back the
 * database and cannot sign is noticed at the next verification.
 */
export interface Checkpoints {
	/** Signs every ledger that grew since its last checkpoint. Durable when it resolves. */
	sign(): Promise<void>;
	/** The last checkpoint; null when there is none yet. Throws `Problem('ledger-broken')` when it is not ours. */
	last(application: string): Promise<Checkpoint | null>;
	stop(): Promise<void>;
}

/** Opens the ledger key, making it at the first start. Throws `Problem('key-file')`. */
export const openCheckpoints = async (
	folder: string,
	sealFile: string | null,
	store: Store,
	applications: () => readonly string[],
	report: (error: unknown) => void,
): Promise<Checkpoints> => {
	await makePrivateFolder(folder);
	const keys = join(folder, 'keys');
	const sealed = sealFile === null ? {} : { sealFile };
	const signer: Signer = (await hasFileKey(keys, 'ledger'))
		? await openFileKey(keys, 'ledger', sealed)
		: await createFileKey(keys, 'ledger', 'Ed25519', sealed);
	const signed = new Map<string, number>();
	let busy: Promise<void> = Promise.resolve();

	const fileOf = (application: string): string => join(folder, `${application}.checkpoint`);
	const noteKey = (application: string): NoteKey => ({ name: originOf(application), publicKey: signer.publicKey });
	const last = async (application: string): Promise<Checkpoint | null> => {
		const note = await readFile(fileOf(application), 'utf8').catch((error: unknown) => {
			if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
			throw error;
		});
		return note === null ? null : openCheckpoint(note, noteKey(application));
	};

	const signOne = async (application: string): Promise<void> => {
		const { size, edge } = await store.edge(application);
		if (size === 0 || signed.get(application) === size) return;
		// At a start the edge comes out of the database: it is signed only when it continues what was signed before.
		if (!signed.has(application))
			await requireContinuation(store, application, await last(application), { size, edge });
		const checkpoint = {
			origin: originOf(application),
			size,
			root: root(decodeEdge(size, edge)),
			extensions: [edgeLine(edge)],
		};
		await writeDurably(fileOf(application), await signCheckpoint(checkpoint, signer), 'replace');
		signed.set(application, size);
	};
	const signAll = async (): Promise<void> => {
		for (const application of applications()) await signOne(application);
	};
	const sign = (): Promise<void> => {
		const signing = busy.then(signAll);
		busy = signing.catch(() => {});
		return signing;
	};
	const timer = setInterval(() => void sign().catch(report), signEvery);
	return {
		sign,
		last,
		stop: async () => {
			clearInterval(timer);
			await sign().catch(report);
		},
	};
};

/** The ledger's name and its key's (C2SP tlog-checkpoint: like a URL without scheme). */
const originOf = (application: string): string => `keyward/${application}`;

/** The tree's right edge, signed with the root, so that the next start can go on from it without all the leaves. */
const edgeLine = (edge: Uint8Array): string => `edge ${Buffer.from(edge).toString('base64')}`;

const edgeOf = ({ size, extensions = [] }: Checkpoint): Edge => {
	const line = extensions.find((extension) => extension.startsWith('edge ')) ?? '';
	return decodeEdge(size, Uint8Array.from(Buffer.from(line.slice('edge '.length), 'base64')));
};

/** Throws `Problem('ledger-broken')` when the leaves after the checkpoint do not lead from it to the stored edge. */
const requireContinuation = async (
	store: Store,
	application: string,
	checkpoint: Checkpoint | null,
	stored: { readonly size: number; readonly edge: Uint8Array },
): Promise<void> => {
	if (checkpoint === null) return;
	let edge = edgeOf(checkpoint);
	while (edge.size < stored.size) {
		const leaves = await store.leaves(application, edge.size, Math.min(pageSize, stored.size - edge.size));
		if (leaves.length === 0) break;
		for (const leaf of leaves) edge = appendLeaf(edge, leafHash(leaf.bytes));
		await new Promise((resolve) => setImmediate(resolve));
	}
	if (edge.size === stored.size && Buffer.compare(encodeEdge(edge), stored.edge) === 0) return;
	throw new Problem(
		'ledger-broken',
		`the ledger of ${application} does not continue its last signed checkpoint (${checkpoint.size} leaves); run keyward ledger verify, and restore the database from a backup`,
	);
};
