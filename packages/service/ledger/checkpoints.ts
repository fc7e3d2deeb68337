import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Instant, type Milliseconds, minutes, Problem, seconds } from '@keyward/core';
import {
	type Checkpoint,
	type CompactRange,
	emptyCompactRange,
	makeTruncation,
	type NoteKey,
	root,
	signCheckpoint,
	type Truncation,
} from '@keyward/core/ledger';
import type { Signer } from '@keyward/core/port';
import { createFileKey, hasFileKey, makePrivateFolder, openFileKey } from '@keyward/custody';
import type { SqliteStore } from '@keyward/store';
import type { Log } from '../log/log.ts';
import {
	checkpointsIn,
	lastCheckpoint,
	ledgerLine,
	ledgersNamed,
	lineOf,
	originOf,
	REGISTRY,
	requireContinuation,
	type SignedLedger,
	type StoredEdge,
	writeCheckpoint,
	writeLine,
} from './checkpoint-files.ts';
import { leavesOf } from './ledger-leaves.ts';

/** How often a ledger that grew is signed; and how soon after a change of the registry its own is. */
const signEvery: Milliseconds = minutes(1);
const signRegistryAfter: Milliseconds = seconds(1);

/** No size: the checkpoint is to be written again though its ledger did not grow. */
const STALE = -1;

/**
 * The requirement `ledger`: signed checkpoints of each (C2SP tlog-checkpoint), kept as files beside the database: who changes or
 * rolls back the database and cannot sign is noticed at the next verification. The database remembers which checkpoints there
 * are, they remember which ledgers there are, and each other: what is taken away from either is missed by the other.
 */
export interface Checkpoints {
	/** Signs every ledger that grew since its last checkpoint. Durable when it resolves. */
	sign(): Promise<void>;
	/** Told of each checkpoint once it is durable, and of those that were signed before it is given. */
	onSigned(listener: (ledger: string, signed: SignedLedger) => void): void;
	/** The last checkpoint; null when there was none yet. Throws `Problem('ledger-broken')` when it is not ours, older, or gone. */
	last(ledger: string): Promise<Checkpoint | null>;
	/** The last that was signed since the start, as a note. */
	newest(ledger: string): SignedLedger | null;
	/** Every ledger that there is or was: those of the applications, and those that a checkpoint or the store names. */
	ledgers(): Promise<string[]>;
	/** Which line of history they are on, as their names have it. */
	readonly line: string | null;
	/** SubjectPublicKeyInfo of the ledgers' key. */
	readonly publicKey: Uint8Array;
	/** What leaves of the registry are made under. */
	readonly registrySecret: Uint8Array;
	/** The key that statements of forgetting in the application's ledger are signed by. */
	truncationKey(application: string): NoteKey;
	/** The leaf that says what the ledger, with this right edge, forgets. */
	forgetting(application: string, statement: Truncation, tree: CompactRange): ReturnType<typeof makeTruncation>;
	stop(): Promise<void>;
}

export interface LedgerPlace {
	readonly folder: string;
	/** The seal of its key, where it is kept apart. */
	readonly sealFile: string | null;
	/** Told when a registry from before comes under its ledger. */
	readonly log: Pick<Log, 'info'>;
}

/**
 * Opens the ledger key, making it at the first start, and covers the registry from here on. Throws `Problem('key-file')`, and
 * `Problem('ledger-broken')` for a site that had a key and has it no more.
 */
export const openCheckpoints = async (
	{ folder, sealFile, log }: LedgerPlace,
	store: SqliteStore,
	applications: () => readonly string[],
	report: (error: unknown) => void,
): Promise<Checkpoints> => {
	const { registry, checkpoints: memory } = store.log;
	const { signer, made } = await openOrMakeKey(folder, sealFile, store);
	const line = await lineOf(folder);
	const signed = new Map<string, number>();
	/** What checkpoints name: also what was signed before this start. */
	const named = new Map<string, number>();
	let busy: Promise<void> = Promise.resolve();
	let soon: NodeJS.Timeout | null = null;
	const newest = new Map<string, SignedLedger>();
	const listeners: ((ledger: string, signed: SignedLedger) => void)[] = [];

	const ledgers = async (): Promise<string[]> => {
		const all = new Set(applications());
		const vouchedFor = [...(await checkpointsIn(folder)), ...memory.signed().keys(), ...named.keys()];
		for (const ledger of vouchedFor) all.add(ledger);
		all.delete(REGISTRY);
		return [...all, REGISTRY];
	};

	const last = async (ledger: string): Promise<Checkpoint | null> => {
		const checkpoint = await lastCheckpoint(folder, ledger, signer.publicKey);
		const least = Math.max(memory.signed().get(ledger) ?? 0, named.get(ledger) ?? 0);
		// CR 3.9: an older one put in its place, or none, would let the database be rolled back to it.
		if ((checkpoint?.size ?? 0) < least) {
			const what = checkpoint === null ? 'is gone' : `is of ${checkpoint.size} leaves`;
			throw new Problem(
				'ledger-broken',
				`the signed checkpoint of ${ledger} ${what}, but one of ${least} leaves was signed; restore ${ledger}.checkpoint from a backup`,
			);
		}
		return checkpoint;
	};

	const storedEdge = async (ledger: string): Promise<StoredEdge> =>
		ledger === REGISTRY ? registry.edge() : store.edge(ledger);

	/** No file for it; witnesses that saw leaves of this ledger contradict it. */
	const offerEmpty = async (ledger: string): Promise<void> => {
		if (newest.has(ledger)) return;
		const edge = emptyCompactRange;
		const note = await signCheckpoint({ origin: originOf(ledger, line), size: 0, root: root(edge) }, signer);
		tell(ledger, { note, edge });
	};
	const tell = (ledger: string, written: SignedLedger): void => {
		newest.set(ledger, written);
		for (const listener of listeners) listener(ledger, written);
	};
	const signOne = async (ledger: string): Promise<void> => {
		const stored = await storedEdge(ledger);
		if (signed.get(ledger) === stored.size) return;
		// At a start the edge comes out of the database: it is signed only when it continues what was signed before.
		if (!signed.has(ledger)) {
			const checkpoint = await last(ledger);
			if (checkpoint !== null) await requireContinuation(ledger, checkpoint, stored, leavesOf(store, ledger));
		}
		if (stored.size === 0) return offerEmpty(ledger);
		// The registry's checkpoint names every ledger, and each of theirs the registry.
		const others =
			ledger === REGISTRY
				? [...named].filter(([other]) => other !== REGISTRY)
				: [...named].filter(([other]) => other === REGISTRY);
		const names = others.map(([other, size]) => ledgerLine(other, size));
		const written = await writeCheckpoint(folder, ledger, line, stored, signer, names);
		const isNew = !signed.has(ledger);
		signed.set(ledger, stored.size);
		named.set(ledger, stored.size);
		// After the file: the store never vouches for what is not there.
		memory.remember(ledger, stored.size);
		tell(ledger, written);
		if (isNew && signed.has(REGISTRY)) signed.set(REGISTRY, ledger === REGISTRY ? stored.size : STALE);
	};
	const signAll = async (): Promise<void> => {
		const failed: unknown[] = [];
		// The registry's last, which then names the others; one that does not hold does not keep the others from being signed.
		for (const ledger of [...applications(), REGISTRY])
			await signOne(ledger).catch((error: unknown) => failed.push(error));
		if (failed.length > 0) throw failed[0];
	};
	const sign = (): Promise<void> => {
		const signing = busy.then(signAll);
		busy = signing.catch(() => {});
		return signing;
	};
	const changed = (): void => {
		soon ??= setTimeout(() => {
			soon = null;
			busy = busy.then(() => signOne(REGISTRY)).catch(report);
		}, signRegistryAfter);
	};

	for (const ledger of await checkpointsIn(folder)) {
		const checkpoint = await lastCheckpoint(folder, ledger, signer.publicKey).catch(() => null);
		if (checkpoint === null) continue;
		for (const [other, size] of [...ledgersNamed(checkpoint), [ledger, checkpoint.size] as const]) {
			named.set(other, Math.max(size, named.get(other) ?? 0));
		}
	}
	const registrySecret = await secretOf(signer);
	// Once: a registry that was under its ledger and has no leaves now is broken, and is not begun again.
	const files = await checkpointsIn(folder);
	// A key from before and not one checkpoint of it, here or in the database, beside a registry that holds something: all were
	// taken away, to have the registry covered as somebody left it.
	const isBare = files.length === 0 && memory.signed().size === 0;
	const stripped = !made && isBare && (await store.policies()).length > 0;
	const wasCovered = stripped || memory.signed().has(REGISTRY) || named.has(REGISTRY) || files.includes(REGISTRY);
	const adopted = registry.cover(registrySecret, !wasCovered, changed);
	if (adopted > 0) log.info('the registry is covered by its ledger from now on, as it is', { rows: adopted });
	const timer = setInterval(() => void sign().catch(report), signEvery);
	return {
		sign,
		onSigned: (listener) => {
			listeners.push(listener);
			for (const [ledger, written] of newest) listener(ledger, written);
		},
		last,
		newest: (ledger) => newest.get(ledger) ?? null,
		ledgers,
		line,
		registrySecret,
		publicKey: signer.publicKey,
		truncationKey: (application) => ({ name: truncationName(application), publicKey: signer.publicKey }),
		forgetting: (application, statement, tree) => makeTruncation(statement, truncationName(application), tree, signer),
		stop: async () => {
			clearInterval(timer);
			if (soon !== null) clearTimeout(soon);
			await sign().catch(report);
		},
	};
};

const openOrMakeKey = async (
	folder: string,
	sealFile: string | null,
	store: SqliteStore,
): Promise<{ readonly signer: Signer; readonly made: boolean }> => {
	const keys = join(folder, 'keys');
	if (await hasFileKey(keys, 'ledger')) return { signer: await openLedgerKey(folder, sealFile), made: false };
	const { registry, checkpoints } = store.log;
	// CR 3.9: with a new key everything could be signed once more, whatever was done to it.
	if (checkpoints.signed().size > 0 || registry.edge().size > 0 || (await store.policies()).length > 0) {
		throw new Problem(
			'ledger-broken',
			`The key of the ledger is gone from ${folder}, and this site had one: restore that folder from a backup. Nothing is signed with a new key.`,
		);
	}
	await makePrivateFolder(folder);
	// A name that no other site has: a witness knows a ledger by it alone (C2SP tlog-witness).
	await writeLine(folder, `site-${randomBytes(8).toString('hex')}`);
	return { signer: await createFileKey(keys, 'ledger', 'Ed25519', sealed(sealFile)), made: true };
};

/** The ledger key in that folder. Throws `Problem('key-file')`. */
export const openLedgerKey = (folder: string, sealFile: string | null): Promise<Signer> =>
	openFileKey(join(folder, 'keys'), 'ledger', sealed(sealFile));

const sealed = (sealFile: string | null): { sealFile?: string } => (sealFile === null ? {} : { sealFile });

/** Hangs on the ledger's key alone: an Ed25519 signature is always the same, and no note begins with a zero. */
export const secretOf = async (signer: Signer): Promise<Uint8Array> => {
	const signature = await signer.sign(new TextEncoder().encode('\0keyward/registry/leaves'));
	return new Uint8Array(createHash('sha256').update(signature).digest());
};

/**
 * After a restore: what is signed from now on is another line of the ledger's history, with the moment in its name. Under
 * the old name it would contradict what was signed between the backup and the restore, and a witness would rightly call it
 * forged. Signs each ledger as it is, which the caller has verified against its last checkpoint.
 */
export const beginRestoredLine = async (
	folder: string,
	signer: Signer,
	store: SqliteStore,
	applications: readonly string[],
	at: Instant,
): Promise<void> => {
	const line = `restored-${new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
	const { registry, checkpoints } = store.log;
	const named: string[] = [];
	for (const ledger of [...applications, REGISTRY]) {
		const edge = ledger === REGISTRY ? registry.edge() : await store.edge(ledger);
		if (edge.size === 0) continue;
		const others = ledger === REGISTRY ? named : [ledgerLine(REGISTRY, registry.edge().size)];
		await writeCheckpoint(folder, ledger, line, edge, signer, registry.edge().size === 0 ? [] : others);
		checkpoints.remember(ledger, edge.size);
		named.push(ledgerLine(ledger, edge.size));
	}
	await writeLine(folder, line);
};

/** The same on every line: a statement of forgetting holds by the tree that it stands on. */
export const truncationName = (application: string): string => `keyward/${application}/forgetting`;
