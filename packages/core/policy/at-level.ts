import type { Level } from './level.ts';
import { type Objective, objectives } from './objective.ts';
import { expandParameters } from './parameters.ts';
import type { Policy } from './policy.ts';

/** The policy as if every objective required this level, and nothing were tightened: what further levels would take. */
export const atLevel = (policy: Policy, level: Level): Policy => {
	const every = Object.fromEntries(objectives.map((objective) => [objective, level])) as Record<Objective, Level>;
	return { ...policy, level: every, parameters: expandParameters(every) };
};
