import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Instant, type Milliseconds, minutes, Problem } from '@keyward/core';
import {
	appendLeaf,
	type Checkpoint,
	decodeEdge,
	type Edge,
	encodeEdge,
	type Forgetting,
	leafHash,
	makeForgetting,
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
	/** SubjectPublicKeyInfo of the ledgers' key. */
	readonly publicKey: Uint8Array;
	/** The key that statements of forgetting in the application's ledger are signed by. */
	forgettingKey(application: string): NoteKey;
	/** The leaf that says what the ledger, with this right edge, forgets. */
	forgetting(application: string, statement: Forgetting, tree: Edge): ReturnType<typeof makeForgetting>;
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
	const signer: Signer = (await hasFileKey(keys, 'ledger'))
		? await openLedgerKey(folder, sealFile)
		: await createFileKey(keys, 'ledger', 'Ed25519', sealed(sealFile));
	const line = await lineOf(folder);
	const signed = new Map<string, number>();
	let busy: Promise<void> = Promise.resolve();

	const last = (application: string): Promise<Checkpoint | null> =>
		lastCheckpoint(folder, application, signer.publicKey);

	const signOne = async (application: string): Promise<void> => {
		const { size, edge } = await store.edge(application);
		if (size === 0 || signed.get(application) === size) return;
		// At a start the edge comes out of the database: it is signed only when it continues what was signed before.
		if (!signed.has(application))
			await requireContinuation(store, application, await last(application), { size, edge });
		await writeCheckpoint(folder, application, line, { size, edge }, signer);
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
		publicKey: signer.publicKey,
		forgettingKey: (application) => ({ name: forgettingName(application), publicKey: signer.publicKey }),
		forgetting: (application, statement, tree) => makeForgetting(statement, forgettingName(application), tree, signer),
		stop: async () => {
			clearInterval(timer);
			await sign().catch(report);
		},
	};
};

/** The ledger key in that folder. Throws `Problem('key-file')`. */
export const openLedgerKey = (folder: string, sealFile: string | null): Promise<Signer> =>
	openFileKey(join(folder, 'keys'), 'ledger', sealed(sealFile));

const sealed = (sealFile: string | null): { sealFile?: string } => (sealFile === null ? {} : { sealFile });

/**
 * After a restore: what is signed from now on is another line of the ledger's history, with the moment in its name. Under
 * the old name it would contradict what was signed between the backup and the restore, and a witness would rightly call it
 * forged. Signs each ledger as it is, which the caller has verified against its last checkpoint.
 */
export const beginRestoredLine = async (
	folder: string,
	signer: Signer,
	store: Store,
	applications: readonly string[],
	at: Instant,
): Promise<void> => {
	const line = `restored-${new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
	for (const application of applications) {
		const edge = await store.edge(application);
		if (edge.size > 0) await writeCheckpoint(folder, application, line, edge, signer);
	}
	await writeDurably(join(folder, LINE_FILE), `${line}\n`, 'replace');
};

/** The last checkpoint of an application's ledger in that folder; null when there is none. Throws `Problem('ledger-broken')`. */
export const lastCheckpoint = async (
	folder: string,
	application: string,
	publicKey: Uint8Array,
): Promise<Checkpoint | null> => {
	const note = await readIfThere(fileOf(folder, application));
	return note === null ? null : openCheckpoint(note, { name: originOf(application, await lineOf(folder)), publicKey });
};

const writeCheckpoint = async (
	folder: string,
	application: string,
	line: string | null,
	{ size, edge }: { readonly size: number; readonly edge: Uint8Array },
	signer: Signer,
): Promise<void> => {
	const origin = originOf(application, line);
	const checkpoint = { origin, size, root: root(decodeEdge(size, edge)), extensions: [edgeLine(edge)] };
	await writeDurably(fileOf(folder, application), await signCheckpoint(checkpoint, signer), 'replace');
};

const fileOf = (folder: string, application: string): string => join(folder, `${application}.checkpoint`);

/** Says which line of history the ledgers are on, when it is not the first. */
const LINE_FILE = 'line';

const lineOf = async (folder: string): Promise<string | null> =>
	(await readIfThere(join(folder, LINE_FILE)))?.trim() ?? null;

const readIfThere = (path: string): Promise<string | null> =>
	readFile(path, 'utf8').catch((error: unknown) => {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
		throw error;
	});

/** The ledger's name and its key's (C2SP tlog-checkpoint: like a URL without scheme). */
const originOf = (application: string, line: string | null): string =>
	line === null ? `keyward/${application}` : `keyward/${application}/${line}`;

/** The same on every line: a statement of forgetting holds by the tree that it stands on. */
export const forgettingName = (application: string): string => `keyward/${application}/forgetting`;

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
