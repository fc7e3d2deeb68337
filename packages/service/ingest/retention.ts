import { setTimeout as sleep } from 'node:timers/promises';
import { type Instant, type Milliseconds, minutes } from '@keyward/core';
import { appendLeaf, type CompactRange, encodeCompactRange } from '@keyward/core/ledger';
import type { Clock, RetentionWatermark, ReadingStore } from '@keyward/core/port';
import { planTruncation } from '@keyward/store';
import type { DataKeys } from '../at-rest/data-keys.ts';
import type { Alone } from './readings.ts';
import type { Streams } from './streams.ts';
import type { Checkpoints } from '../ledger/checkpoints.ts';
import type { Limits } from './limits.ts';

/** How often it is looked whether something is old enough. */
const lookEvery: Milliseconds = minutes(1);
/** How much of the committer's thread it takes. */
const share = 0.1;
/** Rows that one step forgets, about (measured: 4 ms for 2,000), and rows that one statement in the ledger speaks of. */
const stepRows = 2000;
const statedRows = 50_000;

/** Forgets what is older than the site keeps, in small steps beside the readings that come. */
export interface Retention {
	/** Looks now; resolves when nothing more is old enough. Gives how many rows were forgotten. */
	run(): Promise<number>;
	/** Resolves when nothing is under way. */
	stop(): Promise<void>;
}

/**
 * `keep` is how long a reading is kept after its own time. What is to go is compared with its leaves a last time; then each
 * ledger says, signed, how far it is forgotten; then it goes.
 */
export const startRetention = (
	keep: Milliseconds,
	store: ReadingStore,
	streams: Pick<Streams, 'forgot'>,
	keys: Pick<DataKeys, 'endSpans' | 'reread'>,
	alone: Alone,
	checkpoints: Checkpoints,
	limits: Limits,
	clock: Clock,
	report: (error: unknown) => void,
): Retention => {
	let stopping = false;
	let busy: Promise<unknown> = Promise.resolve();

	/** Requirement ledger (CR 3.9): before rows go, the ledger says so, or they would be missing like stolen ones. */
	const state = (watermark: RetentionWatermark): Promise<void> =>
		alone(async (compactRangeOf) => {
			const done = (await store.forgotten()).leaves;
			const leaves = [];
			const edges = [];
			for (const [application, count] of watermark.leaves) {
				if (count <= (done.get(application) ?? 0)) continue;
				const tree: CompactRange = await compactRangeOf(application);
				const statement = { leaves: count, before: watermark.before, at: clock.now() };
				const leaf = await checkpoints.forgetting(application, statement, tree);
				const grown = appendLeaf(tree, leaf.hash);
				leaves.push({ application, index: tree.size, bytes: leaf.bytes });
				edges.push({ application, size: grown.size, edge: encodeCompactRange(grown) });
			}
			await store.append({ rows: [], leaves, edges });
		});

	const forget = (watermark: RetentionWatermark): Promise<number> =>
		alone(async () => {
			// Before the rows go: what is judged from now on cannot be compared with them.
			limits.forgottenBefore = Math.max(limits.forgottenBefore, watermark.before);
			const rows = await store.forget(watermark);
			await streams.forgot();
			await keys.reread();
			return rows;
		});

	/** Rests for so long that what was done since the last rest is its share. */
	let rested = performance.now();
	const rest = async (): Promise<void> => {
		await sleep(((performance.now() - rested) * (1 - share)) / share);
		rested = performance.now();
	};

	/** The latest time that any reading names. */
	const newestTime = async (): Promise<Instant> => {
		const newest = (await store.streams()).map((stream) => stream.latest ?? Number.NEGATIVE_INFINITY);
		return newest.reduce((latest, each) => Math.max(latest, each), Number.NEGATIVE_INFINITY);
	};

	/** Counted back from the newest reading at most: a clock that was set forward must not erase what the site holds. */
	const forgetAll = async (): Promise<number> => {
		const before = Math.min(clock.now(), await newestTime()) - keep;
		let rows = 0;
		rested = performance.now();
		await alone(() => keys.endSpans());
		while (!stopping) {
			const plan = await planTruncation(store, before, statedRows, stepRows, rest);
			const end = plan.at(-1);
			if (end === undefined) break;
			await state(end);
			for (const watermark of plan) {
				await rest();
				if (!stopping) rows += await forget(watermark);
			}
			await rest();
		}
		return rows;
	};
	const run = (): Promise<number> => {
		const running = busy.then(forgetAll);
		busy = running.catch(() => {});
		return running;
	};
	let waiting = false;
	const timer = setInterval(() => {
		if (waiting) return;
		waiting = true;
		void run()
			.catch(report)
			.finally(() => (waiting = false));
	}, lookEvery);
	return {
		run,
		stop: async () => {
			stopping = true;
			clearInterval(timer);
			await busy;
		},
	};
};
