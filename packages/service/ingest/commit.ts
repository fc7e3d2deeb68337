import type { Instant, Milliseconds, Refusal } from '@keyward/core';
import { appendLeaf, decodeEdge, type Edge, encodeEdge, makeLeaf } from '@keyward/core/ledger';
import { judgeIdentity } from '@keyward/core/observe';
import type { Row, Store } from '@keyward/core/port';
import { readBatch } from './batch.ts';
import type { Commits } from './commit-times.ts';
import type { Counters } from '../log/counters.ts';
import { createLimits, diskShort, forgotten, type Limits, overPace } from './limits.ts';
import type { BatchAnswer } from '../thread/link-messages.ts';
import { addFresh, freshAt, type FreshRow, type LiveStream, settle, type Streams, unsettle } from './streams.ts';

/** Whether a session may write a stream at this moment; the fence against sessions that were cut or taken over. */
export type Fence = (session: number, stream: number) => Refusal | null;

/**
 * The life of a reading behind the link workers: identity → rows, window and one leaf in a durable group commit →
 * acknowledgement → whoever follows. Batches that come while a commit is under way wait and share the next one.
 */
export interface ReadingLife {
	/**
	 * Resolves when every record of the batch that it does not refuse is durable. Throws `Problem('store-failed')`.
	 * `late` batches are of one peer, with records that may be known: they are decided a few at a time beside all others.
	 */
	take(bytes: Uint8Array, late?: boolean): Promise<BatchAnswer>;
	/** The same for records of the service's own, judged by the caller. Gives what was refused. */
	publish(
		stream: LiveStream,
		records: readonly { readonly time: Instant; readonly record: Uint8Array }[],
	): Promise<BatchAnswer['refused']>;
	readonly alone: Alone;
	/** Batches that wait for a commit. */
	waiting(): number;
	/** Resolves when nothing is under way. */
	idle(): Promise<void>;
}

/**
 * Runs work that appends to the ledgers or changes what is kept, with no commit under way; commits wait meanwhile.
 * `edgeOf` gives a ledger's right edge.
 */
export type Alone = <T>(work: (edgeOf: (application: string) => Promise<Edge>) => Promise<T>) => Promise<T>;

interface Pending {
	/** Null for a record of the service's own. */
	readonly session: number | null;
	readonly message: number;
	readonly stream: LiveStream;
	readonly time: Instant;
	readonly record: Uint8Array;
	readonly retain: boolean;
}

interface Waiting {
	readonly records: readonly Pending[];
	/** How many of the records a commit has taken. */
	taken: number;
	readonly refused: { message: number; refusal: Refusal }[];
	resolve(answer: BatchAnswer): void;
	reject(error: unknown): void;
}

/** What one commit takes of a batch. */
interface Part {
	readonly batch: Waiting;
	readonly records: readonly Pending[];
}

/** Records of one commit, unless one batch alone has more; a leaf covers no more than `MOST_ROWS` of the ledger. */
const largestCommit = 40_000;

/**
 * CR 7.1: to look up whether a record is known costs as much as to commit hundreds of new ones, and whoever replays its own
 * old readings can ask for it without end. A commit spends this much time on it, a few records of each peer in turn.
 */
const lookUpTime: Milliseconds = 4;
const lookUpAtOnce = 8;

const unfenced: Refusal = {
	code: 'not-authenticated',
	requirement: 'own-streams-only',
	reason: 'the session is over; connect again',
};

export const createReadingLife = (
	store: Store,
	streams: Streams,
	fence: Fence,
	counters: Counters,
	commits: Commits,
	onDurable: (stream: LiveStream, rows: readonly FreshRow[]) => void,
	limits: Readonly<Limits> = createLimits(null),
): ReadingLife => {
	const edges = new Map<string, Edge>();
	const queue: Waiting[] = [];
	const lateQueue: Waiting[] = [];
	let running: Promise<void> | null = null;
	/** Work that waits for its turn between two commits. */
	const others: (() => Promise<void>)[] = [];

	const edgeOf = async (application: string): Promise<Edge> => {
		const known = edges.get(application);
		if (known !== undefined) return known;
		const { size, edge } = await store.edge(application);
		return decodeEdge(size, edge);
	};

	/** The records stored under identities that are not after their stream's newest; only late or repeated ones ask. */
	const findSeen = async (records: readonly Pending[], seen: Map<Pending, Uint8Array | null>): Promise<void> => {
		const late = records.filter(({ stream, time }) => time <= stream.newest);
		if (late.length === 0) return;
		const found = await store.find(late.map(({ stream, time }) => ({ stream: stream.id, time })));
		for (const [index, pending] of late.entries()) seen.set(pending, found[index] ?? null);
	};

	/** What this commit takes of the late batches: a few records of each in turn, looked up, as long as the time allows. */
	const takeLate = async (parts: Part[], seen: Map<Pending, Uint8Array | null>): Promise<void> => {
		const began = performance.now();
		while (performance.now() - began < lookUpTime) {
			const batch = lateQueue.shift();
			if (batch === undefined) break;
			const next = batch.records.slice(batch.taken, batch.taken + lookUpAtOnce);
			batch.taken += next.length;
			const records = next.filter((pending) => {
				// Once more: the session may have been cut while its records waited.
				const refusal = pending.session === null ? null : fence(pending.session, pending.stream.id);
				if (refusal !== null) batch.refused.push({ message: pending.message, refusal });
				return refusal === null;
			});
			parts.push({ batch, records });
			await findSeen(records, seen);
			if (batch.taken < batch.records.length) lateQueue.push(batch);
		}
	};

	/** What this commit takes of the others: all, unless it would be too large. */
	const takeQueued = async (parts: Part[], seen: Map<Pending, Uint8Array | null>): Promise<void> => {
		let records = 0;
		const fitting = queue.findIndex((batch) => (records += batch.records.length) > largestCommit);
		const batches = queue.splice(0, fitting === -1 ? queue.length : Math.max(1, fitting));
		for (const batch of batches) {
			batch.taken = batch.records.length;
			parts.push({ batch, records: batch.records });
		}
		for (const batch of batches) await findSeen(batch.records, seen);
	};

	const admit = (pending: Pending, seen: ReadonlyMap<Pending, Uint8Array | null>, now: Instant): Refusal | null => {
		const { stream, time, record, retain } = pending;
		if (time < limits.forgottenBefore) return forgotten;
		if (time <= stream.nextNewest) {
			const identity = judgeIdentity(record, freshAt(stream, time) ?? seen.get(pending) ?? null);
			if (identity === 'known') {
				counters.add('known');
				return null;
			}
			if (identity !== 'new') return identity;
		}
		// What is known already was acknowledged above: it takes no room.
		if (limits.diskShort) return diskShort;
		const refusal = overPace(stream, record.length, limits, now);
		if (refusal !== null) return refusal;
		addFresh(stream, time, record, retain);
		return null;
	};

	const commit = async (): Promise<void> => {
		const touched = new Set<LiveStream>();
		const parts: Part[] = [];
		try {
			const seen = new Map<Pending, Uint8Array | null>();
			await takeQueued(parts, seen);
			await takeLate(parts, seen);
			const now = Date.now();
			for (const { batch, records } of parts) {
				for (const pending of records) {
					const refusal = admit(pending, seen, now);
					if (refusal !== null) batch.refused.push({ message: pending.message, refusal });
					else if (pending.stream.fresh !== null) touched.add(pending.stream);
				}
			}
			const rows = byApplication(touched);
			const leaves = [];
			const nextEdges = new Map<string, Edge>();
			for (const [application, ofApplication] of rows) {
				const edge = await edgeOf(application);
				const leaf = makeLeaf(application, ofApplication, (id) => streams.mustHave(id).name);
				leaves.push({ application, index: edge.size, bytes: leaf.bytes });
				nextEdges.set(application, appendLeaf(edge, leaf.hash));
			}
			if (leaves.length > 0) {
				const began = performance.now();
				await store.append({
					rows: [...rows.values()].flat(),
					leaves,
					edges: [...nextEdges].map(([application, edge]) => ({
						application,
						size: edge.size,
						edge: encodeEdge(edge),
					})),
				});
				commits.took(performance.now() - began);
			}
			for (const [application, edge] of nextEdges) edges.set(application, edge);
		} catch (error) {
			commits.failed();
			for (const stream of touched) unsettle(stream);
			// Whoever asked reports what is no `Problem`. What is left of a late batch goes with it.
			const failed = new Set(parts.map(({ batch }) => batch));
			for (const batch of failed) batch.reject(error);
			lateQueue.splice(0, lateQueue.length, ...lateQueue.filter((batch) => !failed.has(batch)));
			return;
		}
		// Durable from here on: acknowledge, then tell whoever follows.
		const durable = [...touched].map((stream) => [stream, settle(stream)] as const);
		for (const { batch } of parts) if (batch.taken === batch.records.length) batch.resolve({ refused: batch.refused });
		for (const [stream, fresh] of durable) {
			counters.add('accepted', fresh.length);
			onDurable(stream, fresh);
		}
	};

	const run = async (): Promise<void> => {
		// Batches of other workers that are already in the port join this commit.
		await new Promise((resolve) => setImmediate(resolve));
		try {
			while (queue.length + lateQueue.length + others.length > 0) {
				await others.shift()?.();
				await commit();
				// Between two slices of late ones, what others have sent meanwhile comes in.
				if (lateQueue.length > 0) await new Promise((resolve) => setImmediate(resolve));
			}
		} finally {
			// In the same breath as the look at the queue: a batch that comes now starts the next run.
			running = null;
		}
	};

	return {
		take: (bytes, late = false) =>
			new Promise((resolve, reject) => {
				const records: Pending[] = [];
				const refused: Waiting['refused'] = [];
				readBatch(bytes, ({ session, stream: id, message, time, record, retain }) => {
					const stream = streams.byId(id);
					const refusal = stream === undefined ? unfenced : fence(session, id);
					if (refusal !== null || stream === undefined) refused.push({ message, refusal: refusal ?? unfenced });
					else records.push({ session, message, stream, time, record, retain });
				});
				(late ? lateQueue : queue).push({ records, taken: 0, refused, resolve, reject });
				running ??= run();
			}),
		publish: (stream, records) =>
			new Promise<BatchAnswer>((resolve, reject) => {
				const pending = records.map((one, message) => ({ ...one, session: null, message, stream, retain: false }));
				lateQueue.push({ records: pending, taken: 0, refused: [], resolve, reject });
				running ??= run();
			}).then(({ refused }) => refused),
		alone: (work) =>
			new Promise((resolve, reject) => {
				others.push(async () => {
					await work(edgeOf).then(resolve, reject);
					// It may have appended.
					edges.clear();
				});
				running ??= run();
			}),
		waiting: () => queue.length + lateQueue.length,
		idle: async () => {
			while (running !== null) await running;
		},
	};
};

const byApplication = (touched: ReadonlySet<LiveStream>): Map<string, Row[]> => {
	const rows = new Map<string, Row[]>();
	for (const { name, fresh } of touched) {
		const known = rows.get(name.application);
		if (known === undefined) rows.set(name.application, [...(fresh ?? [])]);
		else for (const row of fresh ?? []) known.push(row);
	}
	return rows;
};
