import type { Milliseconds, Refusal } from '@keyward/core';
import { type Admitted, type Identity, isCheckpointIdentity } from '@keyward/core/observe';
import type { Store } from '@keyward/core/port';
import type { BatchAnswer } from '../thread/link-messages.ts';
import { findEpochs } from './epochs.ts';
import { unknownTo } from './signing.ts';
import type { LiveStream } from './streams.ts';

/** A record that waits for a commit. */
export interface Pending extends Admitted {
	/** Null for a record of the service's own. */
	readonly session: number | null;
	/** Index of its message within its batch. */
	readonly message: number;
	readonly stream: LiveStream;
	readonly flags: number;
}

/** A batch that waits until all its records are decided. */
export interface Waiting {
	records: readonly Pending[];
	/** How many of the records a commit has taken. */
	taken: number;
	/** Where the next record is a checkpoint: what was found so far of what it covers, null for what is not there. */
	covered?: Map<Identity, Uint8Array | null> | undefined;
	readonly refused: { message: number; refusal: Refusal }[];
	resolve(answer: BatchAnswer): void;
	reject(error: unknown): void;
}

/** What one commit takes of a batch. */
export interface Part {
	readonly batch: Waiting;
	readonly records: readonly Pending[];
}

/** What one commit takes of all batches, and the payloads stored under those identities that are not new by themselves. */
export interface Taken {
	readonly parts: readonly Part[];
	readonly stored: ReadonlyMap<Pending, Uint8Array | null>;
	/** Of checkpoints of open streams: what they cover, where it is not in memory. */
	readonly covered: ReadonlyMap<Pending, ReadonlyMap<Identity, Uint8Array>>;
}

/**
 * The batches that wait, in two lanes: those of new records, and those that may repeat what is stored. A commit takes all of
 * the first, and of the second as much as a few milliseconds allow.
 */
export interface Queue {
	/** `duplicates`: of one peer, with records that may be known. */
	add(batch: Waiting, duplicates: boolean): void;
	/** Refuses what a session that was cut still has in either lane. */
	cut(session: number, refusal: Refusal): void;
	/** Throws `Problem('store-failed')`; all who asked for what it took have heard so then. */
	take(): Promise<Taken>;
	/** The commit failed: anyone who asked for a part of it hears so, and what is left of such a batch goes with it. */
	fail(parts: readonly Part[], error: unknown): void;
	readonly size: number;
	/** Whether batches that may repeat what is stored still wait. */
	readonly hasDuplicates: boolean;
}

type Covered = Map<Pending, ReadonlyMap<Identity, Uint8Array>>;

/** Records of one commit, unless one batch alone has more; a leaf covers no more than `MOST_ROWS` of the ledger. */
const largestCommit = 40_000;

/**
 * CR 7.1: to look up whether a record is known costs as much as to commit hundreds of new ones, and anyone who replays old
 * readings can ask for it without end. A commit spends this much time on it, a few records of each peer in turn. A checkpoint asks for
 * up to 256 readings, as its device chose them.
 */
const lookUpTime: Milliseconds = 4;
const lookUpAtOnce = 8;

export const createQueue = (store: Pick<Store, 'find'>): Queue => {
	const fresh: Waiting[] = [];
	const duplicates: Waiting[] = [];
	let taking = false;
	/** Sessions that were cut since the take under way began: what it has of them is not decided yet either. */
	const cutMeanwhile = new Map<number, Refusal>();

	/** The payloads stored under identities that are not above their stream's newest; only repeated or late ones ask. */
	const findStored = async (records: readonly Pending[], stored: Map<Pending, Uint8Array | null>): Promise<void> => {
		await findEpochs(store, records);
		const asked = records.filter(({ stream, identity }) => identity <= stream.newest);
		if (asked.length === 0) return;
		const found = await store.find(asked.map(({ stream, identity }) => ({ stream: stream.id, identity })));
		for (const [index, pending] of asked.entries()) stored.set(pending, found[index]?.payload ?? null);
	};

	/** Looks up the next few of what a checkpoint covers. Whether enough is found to judge it: all, or that one is not there. */
	const findCovered = async (
		{ stream, payload }: Pending,
		found: Map<Identity, Uint8Array | null>,
		most = lookUpAtOnce,
	): Promise<boolean> => {
		const left = unknownTo(stream.signing, payload).filter((identity) => !found.has(identity));
		const asked = left.slice(0, most);
		const rows = asked.length === 0 ? [] : await store.find(asked.map((identity) => ({ stream: stream.id, identity })));
		for (const [at, identity] of asked.entries()) found.set(identity, rows[at]?.payload ?? null);
		return left.length === asked.length || Array.from(found.values()).includes(null);
	};

	const keepCovered = (covered: Covered, pending: Pending, found: ReadonlyMap<Identity, Uint8Array | null>): void => {
		const here = Array.from(found).flatMap(([at, payload]) => (payload === null ? [] : [[at, payload] as const]));
		covered.set(pending, new Map(here));
	};

	const takeFresh = async (parts: Part[], stored: Map<Pending, Uint8Array | null>, covered: Covered): Promise<void> => {
		let records = 0;
		const fitting = fresh.findIndex((batch) => (records += batch.records.length) > largestCommit);
		const batches = fresh.splice(0, fitting === -1 ? fresh.length : Math.max(1, fitting));
		for (const batch of batches) {
			batch.taken = batch.records.length;
			parts.push({ batch, records: batch.records });
		}
		for (const { records: all } of batches) {
			await findStored(all, stored);
			for (const pending of all) {
				if (!isCheckpointIdentity(pending.identity)) continue;
				const found = new Map<Identity, Uint8Array | null>();
				await findCovered(pending, found, Number.POSITIVE_INFINITY);
				keepCovered(covered, pending, found);
			}
		}
	};

	/** The next few records of a batch; a checkpoint alone, and none of them before what it covers was looked up. */
	const nextOf = async (batch: Waiting, covered: Covered): Promise<readonly Pending[]> => {
		const records = batch.records.slice(batch.taken, batch.taken + lookUpAtOnce);
		const checkpoint = records.findIndex(({ identity }) => isCheckpointIdentity(identity));
		if (checkpoint !== 0) return checkpoint === -1 ? records : records.slice(0, checkpoint);
		const [next] = records;
		if (next === undefined) return records;
		batch.covered ??= new Map();
		const isJudged = await findCovered(next, batch.covered);
		// It was cut meanwhile.
		if (batch.records[batch.taken] !== next) batch.covered = undefined;
		if (!isJudged || batch.covered === undefined) return [];
		keepCovered(covered, next, batch.covered);
		batch.covered = undefined;
		return [next];
	};

	/** A few records of each in turn, for as long as the time allows. */
	const takeDuplicates = async (
		parts: Part[],
		stored: Map<Pending, Uint8Array | null>,
		covered: Covered,
	): Promise<void> => {
		const began = performance.now();
		while (performance.now() - began < lookUpTime) {
			// It stays in its lane while it is looked up, so that `cut` finds it.
			const [batch] = duplicates;
			if (batch === undefined) break;
			const records = await nextOf(batch, covered);
			batch.taken += records.length;
			const isOver = batch.taken === batch.records.length;
			if (records.length > 0 || isOver) parts.push({ batch, records });
			await findStored(records, stored);
			duplicates.splice(duplicates.indexOf(batch), 1);
			if (batch.taken < batch.records.length) duplicates.push(batch);
		}
	};

	/** CR 2.1: a session that was cut while its records were looked up writes none of them. */
	const withoutCut = ({ batch, records }: Part): Part => ({
		batch,
		records: records.filter(({ session, message }) => {
			const refusal = session === null ? undefined : cutMeanwhile.get(session);
			if (refusal !== undefined) batch.refused.push({ message, refusal });
			return refusal === undefined;
		}),
	});

	return {
		add: (batch, mayRepeat) => void (mayRepeat ? duplicates : fresh).push(batch),
		cut: (session, refusal) => {
			if (taking) cutMeanwhile.set(session, refusal);
			for (const batch of [...fresh, ...duplicates]) {
				const [taken, left] = [batch.records.slice(0, batch.taken), batch.records.slice(batch.taken)];
				for (const { session: own, message } of left) if (own === session) batch.refused.push({ message, refusal });
				const kept = left.filter((pending) => pending.session !== session);
				if (kept[0] !== left[0]) batch.covered = undefined;
				batch.records = [...taken, ...kept];
			}
		},
		take: async () => {
			const parts: Part[] = [];
			const stored = new Map<Pending, Uint8Array | null>();
			const covered: Covered = new Map();
			taking = true;
			try {
				await takeFresh(parts, stored, covered);
				await takeDuplicates(parts, stored, covered);
			} catch (error) {
				fail(parts, error);
				throw error;
			} finally {
				taking = false;
			}
			const kept = cutMeanwhile.size === 0 ? parts : parts.map(withoutCut);
			cutMeanwhile.clear();
			return { parts: kept, stored, covered };
		},
		fail,
		get size() {
			return fresh.length + duplicates.length;
		},
		get hasDuplicates() {
			return duplicates.length > 0;
		},
	};

	function fail(parts: readonly Part[], error: unknown): void {
		const failed = new Set(parts.map(({ batch }) => batch));
		for (const batch of failed) batch.reject(error);
		duplicates.splice(0, duplicates.length, ...duplicates.filter((batch) => !failed.has(batch)));
	}
};
