import type { Refusal } from '@keyward/core';
import type { CompactRange } from '@keyward/core/ledger';
import {
	addDoubts,
	type Admitted,
	contentType,
	doubtBit,
	doubtsOf,
	type Identity,
	isSequenced,
} from '@keyward/core/observe';
import type { ReadingStore } from '@keyward/core/port';
import type { Counters } from '../log/counters.ts';
import type { BatchAnswer } from '../thread/link-messages.ts';
import { readBatch } from './batch.ts';
import type { CommitTimes } from './commit-times.ts';
import { decide } from './decide.ts';
import { createLeaves, type Encrypt } from './leaves.ts';
import type { Limits } from './limits.ts';
import { createQueue, type Part, type Pending } from './queue.ts';
import { commitPending, dropPending, type LiveStream, type PendingRow, type Streams } from './streams.ts';

/** Whether a session may write a stream at this moment; keeps out sessions that were cut or taken over. */
export type Fence = (session: number, stream: number) => Refusal | null;

/**
 * The way of one reading, on one screen. A link worker has admitted it (`core/observe/admit.ts`: own stream, form, unit, range,
 * time) and put it into a batch; from there, in this order:
 *
 * 1. **fence**: its session still has the right to the stream when the batch arrives, or the record is refused.
 * 2. **decide**: new, known or refused, against everything that was ever stored under its identity. Same bytes: acknowledged
 *    and kept once. Other bytes: refused; nothing is overwritten.
 * 3. **append**: rows, replay windows and one ledger leaf for each application in one group commit: all of it durable, or
 *    nothing of it, whatever is cut off when.
 * 4. **acknowledge**: only now. An acknowledgement means durable; its message's other records are durable or refused by name.
 * 5. **deliver**: anyone who follows hears of what can be read, never of what could still be lost.
 *
 * What comes during a commit waits and shares the next one.
 */
export interface Readings {
	/**
	 * Resolves when every record of the batch that it does not refuse is durable. Throws `Problem('store-failed')`.
	 * `duplicates`: of one peer, with records that may be known: decided a few at a time beside all others.
	 */
	take(bytes: Uint8Array, duplicates?: boolean): Promise<BatchAnswer>;
	/** The same for records of the service's own, admitted by the caller. Gives what was refused. */
	publish(stream: LiveStream, records: readonly Admitted[]): Promise<BatchAnswer['refused']>;
	/** A session was cut: what it sent and is not decided is refused. */
	cut(session: number): void;
	readonly alone: Alone;
	/** Batches that wait for a commit. */
	waiting(): number;
	/** Resolves when nothing is under way. */
	idle(): Promise<void>;
}

/**
 * Runs work that appends to the ledgers or changes what is kept, with no commit under way; commits wait meanwhile.
 * `compactRangeOf` gives a ledger's right edge.
 */
export type Alone = <T>(
	work: (compactRangeOf: (application: string) => Promise<CompactRange>) => Promise<T>,
) => Promise<T>;

export interface ReadingsOptions {
	readonly store: ReadingStore;
	/** Rows are stored, and covered, as it gives them. */
	readonly encrypt: Encrypt;
	readonly streams: Streams;
	readonly fence: Fence;
	/** Sessions that may write their essential streams alone; left out, there are none. */
	readonly essential?: {
		has(session: number): boolean;
		/** A message of such a session is durable. */
		admitted(session: number): void;
	};
	/** Another record than the stored one, under its epoch and sequence; null where the other one is in the commit under way. */
	readonly onConflict?: (sent: Pick<Pending, 'stream' | 'payload'>, stored: Uint8Array | null) => void;
	readonly counters: Counters;
	readonly commits: CommitTimes;
	readonly limits: Readonly<Limits>;
	/** Delivers rows of a stream that became durable. */
	readonly deliver: (stream: LiveStream, rows: readonly PendingRow[]) => void;
}

const none: ReadonlyMap<Identity, Uint8Array> = new Map();

const sessionOver: Refusal = {
	code: 'not-authenticated',
	requirement: 'device-authentication',
	reason: 'the session is over; connect again',
};

export const createReadings = (options: ReadingsOptions): Readings => {
	const { store, encrypt, streams, fence, counters, commits, limits, deliver } = options;
	const queue = createQueue(store);
	const leaves = createLeaves(store, streams, encrypt);
	let running: Promise<void> | null = null;
	/** Work that waits for its turn between two commits. */
	const others: (() => Promise<void>)[] = [];

	const commit = async (): Promise<void> => {
		let parts: readonly Part[] = [];
		const touched = new Set<LiveStream>();
		try {
			const taken = await queue.take();
			parts = taken.parts;
			const now = Date.now();
			for (const { batch, records } of parts) {
				for (const pending of records) {
					const decision = decide(
						...([pending, taken.stored.get(pending) ?? null, taken.covered.get(pending) ?? none, limits, now] as const),
					);
					if (decision === 'new') touched.add(pending.stream);
					else if (decision === 'known') counters.add('known');
					else {
						if (decision.code === 'reading-conflict' && isSequenced(pending.identity))
							options.onConflict?.(pending, taken.stored.get(pending) ?? null);
						batch.refused.push({ message: pending.message, refusal: decision });
					}
				}
			}
			const covered = await leaves.cover(touched);
			if (touched.size > 0) {
				const began = performance.now();
				await store.append(covered.commit);
				commits.took(performance.now() - began);
			}
			leaves.keep(covered);
		} catch (error) {
			commits.failed();
			for (const stream of touched) dropPending(stream);
			// The asker reports what is no `Problem`.
			queue.fail(parts, error);
			return;
		}
		const durable = [...touched].map((stream) => [stream, commitPending(stream)] as const);
		for (const { batch } of parts) {
			if (batch.taken === batch.records.length) batch.resolve({ refused: batch.refused });
		}
		for (const [stream, rows] of durable) {
			counters.add('accepted', rows.length);
			countDoubts(rows, counters);
			deliver(stream, rows);
		}
	};

	const run = async (): Promise<void> => {
		// Batches of other workers that are already in the port join this commit.
		await new Promise((resolve) => setImmediate(resolve));
		try {
			while (queue.size + others.length > 0) {
				await others.shift()?.();
				await commit();
				// Between two slices of duplicates, what others have sent meanwhile comes in.
				if (queue.hasDuplicates) await new Promise((resolve) => setImmediate(resolve));
			}
		} finally {
			// In the same breath as the look at the queue: a batch that comes now starts the next run.
			running = null;
		}
	};

	const wait = (
		records: readonly Pending[],
		refused: { message: number; refusal: Refusal }[],
		duplicates: boolean,
	): Promise<BatchAnswer> =>
		new Promise((resolve, reject) => {
			queue.add({ records, taken: 0, refused, resolve, reject }, duplicates);
			running ??= run();
		});

	return {
		take: async (bytes, duplicates = false) => {
			const records: Pending[] = [];
			const refused: { message: number; refusal: Refusal }[] = [];
			/** Messages of sessions that are let in for their essential streams alone. */
			const despite = new Map<number, number>();
			readBatch(bytes, (record) => {
				const stream = streams.byId(record.stream);
				const refusal = stream === undefined ? sessionOver : fence(record.session, record.stream);
				if (refusal !== null || stream === undefined) {
					refused.push({ message: record.message, refusal: refusal ?? sessionOver });
				} else {
					if (options.essential?.has(record.session) === true) {
						// CCSC 1: kept rather than lost, and anyone who acts on it sees why it may be somebody else's.
						if (record.type === contentType.value) addDoubts(record.payload, doubtBit.essential);
						despite.set(record.message, record.session);
					}
					const { session, message, identity, type, flags, payload } = record;
					records.push({ session, message, stream, identity, type, flags, payload });
				}
			});
			const answer = await wait(records, refused, duplicates);
			if (despite.size > 0) {
				for (const { message } of answer.refused) despite.delete(message);
				for (const session of new Set(despite.values())) options.essential?.admitted(session);
			}
			return answer;
		},
		publish: async (stream, records) => {
			const pending = records.map((one, message) => ({ ...one, session: null, message, stream, flags: 0 }));
			return (await wait(pending, [], true)).refused;
		},
		cut: (session) => queue.cut(session, sessionOver),
		alone: (work) =>
			new Promise((resolve, reject) => {
				others.push(async () => {
					await work(leaves.compactRangeOf).then(resolve, reject);
					leaves.reread();
				});
				running ??= run();
			}),
		waiting: () => queue.size,
		idle: async () => {
			while (running !== null) await running;
		},
	};
};

/** How many readings are doubted, and why: `reading-doubt-stuck` and its like. */
const countDoubts = (rows: readonly PendingRow[], counters: Counters): void => {
	for (const { type, payload } of rows) {
		const first = type === contentType.value ? (payload[0] ?? 0) : 0;
		if (first > 0x0f) for (const doubt of doubtsOf(first)) counters.add(`reading-doubt-${doubt}`);
	}
};
