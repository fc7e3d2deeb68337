import type { Instant } from '../units/instant.ts';
import type { Component } from './fact.ts';
import type { Level } from './level.ts';
import type { Objective } from './objective.ts';
import type { Posture, WeakAlike } from './posture.ts';

/** What an objective was required and held to at one moment, and what held it there. */
export interface ObjectiveState {
	readonly application: string;
	readonly objective: Objective;
	readonly required: Level;
	readonly held: Level;
	/** The weakest of what a site can mend, at the held level; null: nothing is weak. */
	readonly cause: PostureCause | null;
}

/** One requirement that held an objective down: at so many components, and the first of them. */
export interface PostureCause extends Pick<WeakAlike, 'requirement' | 'reason' | 'count'> {
	readonly component: Component | null;
}

/** That an objective is held to another level than before, or another is required. */
export interface PostureChange extends ObjectiveState {
	readonly at: Instant;
	/** Null: it was never looked at before. */
	readonly from: Pick<ObjectiveState, 'required' | 'held' | 'cause'> | null;
}

/** Each objective of an application as it stands. */
export const objectiveStates = ({ application, objectives }: Posture): ObjectiveState[] =>
	objectives.map(({ objective, required, held, alike, weakest }) => {
		const first = alike.find((one) => one.held === held);
		const shown = weakest.find((one) => one.requirement === first?.requirement && one.reason === first.reason);
		const cause = first && {
			...{ requirement: first.requirement, reason: first.reason, count: first.count },
			component: shown?.component ?? null,
		};
		return { application, objective, required, held, cause: cause ?? null };
	});

/** What became another level since `before`, which is by `stateKey`. What holds a level down may change and the level not: that does not count. */
export const postureChanges = (
	before: ReadonlyMap<string, ObjectiveState>,
	now: readonly ObjectiveState[],
	at: Instant,
): PostureChange[] =>
	now.flatMap((state): PostureChange[] => {
		const known = before.get(stateKey(state));
		if (known === undefined) return [{ ...state, at, from: null }];
		if (known.held === state.held && known.required === state.required) return [];
		const { required, held, cause } = known;
		return [{ ...state, at, from: { required, held, cause } }];
	});

export const stateKey = ({ application, objective }: Pick<ObjectiveState, 'application' | 'objective'>): string =>
	`${application}/${objective}`;
