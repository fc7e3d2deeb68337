import { days, type Instant, type Milliseconds, minutes, seconds } from '@keyward/core';
import {
	type ObjectiveState,
	objectiveStates,
	type Posture,
	type PostureChange,
	postureChanges,
	stateKey,
} from '@keyward/core/policy';
import type { Clock, PostureHistoryStore } from '@keyward/core/port';
import { createMutex } from '../../thread/mutex.ts';

/** How each application's objectives rose and fell, by what was seen at each look: once a minute, and with each posture that is asked for. */
export interface PostureHistory {
	/** Keeps what is another level than at the look before. */
	note(postures: readonly Posture[]): Promise<void>;
	/** Oldest first, the newest `limit` of them. */
	changes(application: string | undefined, since: Instant, limit: number): Promise<PostureChange[]>;
	stop(): Promise<void>;
}

export interface PostureHistoryOptions {
	readonly store: PostureHistoryStore;
	readonly clock: Clock;
	readonly report: (error: unknown) => void;
	/** How everything stands now. */
	readonly look: () => Promise<readonly Posture[]>;
}

const EVERY: Milliseconds = minutes(1);
/** CR 7.1: who makes a level rise and fall again and again fills no disk with it: one change of an objective within this time. */
const LEAST: Milliseconds = seconds(10);
/** As long as the audit log. */
const KEPT: Milliseconds = days(400);
/** Of one application. */
const MOST = 20_000;

export const createPostureHistory = (options: PostureHistoryOptions): PostureHistory => {
	const { store, clock, report, look } = options;
	const inTurn = createMutex();
	let known: Map<string, PostureChange> | null = null;

	const note = (postures: readonly Posture[]): Promise<void> =>
		inTurn(async () => {
			const now = clock.now();
			known ??= new Map((await store.lastPostureChanges()).map((one) => [stateKey(one), one]));
			const last: ReadonlyMap<string, PostureChange> = known;
			const isSettled = (state: ObjectiveState): boolean => {
				const before = last.get(stateKey(state));
				return before === undefined || now - before.at >= LEAST || now < before.at;
			};
			const changes = postureChanges(last, postures.flatMap(objectiveStates).filter(isSettled), now);
			if (changes.length === 0) return;
			await store.addPostureChanges(changes, now - KEPT, MOST);
			for (const one of changes) known.set(stateKey(one), one);
		});

	let working: Promise<void> | null = null;
	const timer = setInterval(() => {
		working ??= look()
			.then(note)
			.catch(report)
			.finally(() => {
				working = null;
			});
	}, EVERY);
	return {
		note,
		changes: (application, since, limit) => store.postureChanges(application, since, limit),
		stop: async () => {
			clearInterval(timer);
			await working;
		},
	};
};
