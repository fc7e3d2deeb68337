import type { Component } from '../policy/fact.ts';
import { costOf, mendsAll, type Need, type PlanProblem } from './plan-problem.ts';

/** What a solver found: which options, and below which cost no choice can be. */
export interface PlanSolution {
	readonly chosen: readonly boolean[];
	/** No plan costs less. */
	readonly bound: number;
}

export interface PlanAction {
	readonly remedy: string;
	readonly does: string;
	readonly components: readonly Component[];
	readonly cost: number;
	readonly field: boolean;
	/** For every component, ready to be run or done. */
	readonly steps: readonly string[];
}

export interface Plan {
	readonly cost: number;
	readonly bound: number;
	/** True where nothing cheaper exists. */
	readonly cheapest: boolean;
	readonly actions: readonly PlanAction[];
	/** Below the level wanted whatever is done of the price list. */
	readonly left: readonly Need[];
	/** Components for which some need has no remedy in the field. */
	readonly notInField: readonly Component[];
}

/** Options without which everything is mended too are dropped, the dearest first: a solver may keep what costs nothing. */
const pruned = (problem: PlanProblem, chosen: readonly boolean[]): boolean[] => {
	const kept = [...chosen];
	const byCost = problem.options
		.map(({ cost }, index) => ({ cost, index }))
		.filter(({ index }) => kept[index] === true)
		.toSorted((one, other) => other.cost - one.cost);
	for (const { index } of byCost) {
		kept[index] = false;
		if (!mendsAll(problem, kept)) kept[index] = true;
	}
	return kept;
};

const filled = (step: string, { application, id }: Component): string =>
	step.replaceAll('{application}', application).replaceAll('{id}', id);

export const planOf = (problem: PlanProblem, solution: PlanSolution): Plan => {
	const { groups, options, remedies, left } = problem;
	const chosen = pruned(problem, solution.chosen);
	const cost = costOf(problem, chosen);
	const actions = remedies.flatMap(({ name, does, each, once, field, steps }, remedy): PlanAction[] => {
		const components = options.flatMap((option, index) =>
			chosen[index] === true && option.remedy === remedy ? (groups[option.group]?.components ?? []) : [],
		);
		if (components.length === 0) return [];
		return [
			{
				...{ remedy: name, does, components, field },
				cost: Math.round((once + each * components.length) * 100) / 100,
				steps: [...new Set(components.flatMap((component) => steps.map((step) => filled(step, component))))],
			},
		];
	});
	const notInField = groups.flatMap(({ components, needs }, group) =>
		needs.some(
			(_, place) =>
				!options.some(
					(option) => option.group === group && option.mends.includes(place) && remedies[option.remedy]?.field === true,
				),
		)
			? components
			: [],
	);
	return {
		cost,
		bound: Math.min(solution.bound, cost),
		cheapest: solution.bound >= cost - 0.005,
		actions,
		left,
		notInField,
	};
};
