import type { Instant, Refusal } from '@keyward/core';
import { appendLeaf, decodeEdge, type Edge, encodeEdge, makeLeaf } from '@keyward/core/ledger';
import { judgeIdentity } from '@keyward/core/observe';
import type { Row, Store } from '@keyward/core/port';
import { readBatch } from '../live/batch.ts';
import type { Counters } from '../live/counters.ts';
import type { BatchAnswer } from '../live/link-messages.ts';
import { addFresh, freshAt, type LiveStream, settle, type Streams, unsettle } from '../live/streams.ts';

/** Whether a session may write a stream at this moment; the fence against sessions that were cut or taken over. */
export type Fence = (session: number, stream: number) => Refusal | null;

/**
 * The life of a reading behind the link workers: identity → rows, window and one leaf in a durable group commit →
 * acknowledgement → whoever follows. Batches that come while a commit is under way wait and share the next one.
 */
export interface ReadingLife {
	/** Resolves when every record of the batch that it does not refuse is durable. Throws `Problem('store-failed')`. */
	take(bytes: Uint8Array): Promise<BatchAnswer>;
	/** Resolves when nothing is under way. */
	idle(): Promise<void>;
}

interface Pending {
	readonly message: number;
	readonly stream: LiveStream;
	readonly time: Instant;
	readonly record: Uint8Array;
}

interface Waiting {
	readonly records: readonly Pending[];
	readonly refused: { message: number; refusal: Refusal }[];
	resolve(answer: BatchAnswer): void;
	reject(error: unknown): void;
}

/** Records of one commit, unless one batch alone has more; a leaf covers no more than `MOST_ROWS` of the ledger. */
const largestCommit = 40_000;

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
	onDurable: (stream: LiveStream, rows: readonly Row[]) => void,
): ReadingLife => {
	const edges = new Map<string, Edge>();
	const queue: Waiting[] = [];
	let running: Promise<void> | null = null;

	const edgeOf = async (application: string): Promise<Edge> => {
		const known = edges.get(application);
		if (known !== undefined) return known;
		const { size, edge } = await store.edge(application);
		return decodeEdge(size, edge);
	};

	/** The records stored under identities that are not after their stream's newest; only late or repeated ones ask. */
	const findSeen = async (batches: readonly Waiting[]): Promise<Map<Pending, Uint8Array | null>> => {
		const late = batches.flatMap(({ records }) => records.filter(({ stream, time }) => time <= stream.newest));
		if (late.length === 0) return new Map();
		const found = await store.find(late.map(({ stream, time }) => ({ stream: stream.id, time })));
		return new Map(late.map((pending, index) => [pending, found[index] ?? null]));
	};

	const admit = (pending: Pending, seen: ReadonlyMap<Pending, Uint8Array | null>): Refusal | null => {
		const { stream, time, record } = pending;
		if (time <= stream.nextNewest) {
			const identity = judgeIdentity(record, freshAt(stream, time) ?? seen.get(pending) ?? null);
			if (identity === 'known') {
				counters.add('known');
				return null;
			}
			if (identity !== 'new') return identity;
		}
		addFresh(stream, time, record);
		return null;
	};

	const commit = async (batches: readonly Waiting[]): Promise<void> => {
		const touched = new Set<LiveStream>();
		try {
			const seen = await findSeen(batches);
			for (const { records, refused } of batches) {
				for (const pending of records) {
					const refusal = admit(pending, seen);
					if (refusal !== null) refused.push({ message: pending.message, refusal });
					else if (pending.stream.fresh.length > 0) touched.add(pending.stream);
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
				await store.append({
					rows: [...rows.values()].flat(),
					leaves,
					edges: [...nextEdges].map(([application, edge]) => ({
						application,
						size: edge.size,
						edge: encodeEdge(edge),
					})),
				});
			}
			for (const [application, edge] of nextEdges) edges.set(application, edge);
		} catch (error) {
			for (const stream of touched) unsettle(stream);
			// Whoever asked reports what is no `Problem`.
			for (const { reject } of batches) reject(error);
			return;
		}
		// Durable from here on: acknowledge, then tell whoever follows.
		const durable = [...touched].map((stream) => [stream, settle(stream)] as const);
		for (const { resolve, refused } of batches) resolve({ refused });
		for (const [stream, fresh] of durable) {
			counters.add('accepted', fresh.length);
			onDurable(stream, fresh);
		}
	};

	const run = async (): Promise<void> => {
		// Batches of other workers that are already in the port join this commit.
		await new Promise((resolve) => setImmediate(resolve));
		try {
			while (queue.length > 0) {
				let records = 0;
				const fitting = queue.findIndex((batch) => (records += batch.records.length) > largestCommit);
				const batches = queue.splice(0, fitting === -1 ? queue.length : Math.max(1, fitting));
				await commit(batches);
			}
		} finally {
			// In the same breath as the look at the queue: a batch that comes now starts the next run.
			running = null;
		}
	};

	return {
		take: (bytes) =>
			new Promise((resolve, reject) => {
				const records: Pending[] = [];
				const refused: Waiting['refused'] = [];
				readBatch(bytes, ({ session, stream: id, message, time, record }) => {
					const stream = streams.byId(id);
					const refusal = stream === undefined ? unfenced : fence(session, id);
					if (refusal !== null || stream === undefined) refused.push({ message, refusal: refusal ?? unfenced });
					else records.push({ message, stream, time, record });
				});
				queue.push({ records, refused, resolve, reject });
				running ??= run();
			}),
		idle: async () => {
			while (running !== null) await running;
		},
	};
};

const byApplication = (touched: ReadonlySet<LiveStream>): Map<string, Row[]> => {
	const rows = new Map<string, Row[]>();
	for (const { name, fresh } of touched) {
		const known = rows.get(name.application);
		if (known === undefined) rows.set(name.application, [...fresh]);
		else for (const row of fresh) known.push(row);
	}
	return rows;
};
