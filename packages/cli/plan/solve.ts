import { Worker } from 'node:worker_threads';
import { Problem } from '@keyward/core';
import { costOf, mendsAll, optionsFor, planLp, type PlanProblem, type PlanSolution } from '@keyward/core/plan';
import type { Solved, SolveOrder } from './solve-worker.ts';

/** The solver looks at its clock between steps; a step that never ends is ended from outside, after this many times the limit. */
const PATIENCE = 3;

const run = async (order: SolveOrder): Promise<Solved> => {
	const worker = new Worker(new URL('./solve-worker.ts', import.meta.url), { workerData: order });
	const answer = Promise.withResolvers<Solved>();
	const timer = setTimeout(() => answer.resolve({ values: null, bound: 0 }), (order.seconds * PATIENCE + 10) * 1000);
	worker.on('message', (solved: Solved) => answer.resolve(solved));
	worker.on('error', (error) => answer.reject(error));
	worker.on('exit', (code) => answer.reject(new Error(`the solver ended with code ${code} and no answer`)));
	try {
		return await answer.promise;
	} finally {
		clearTimeout(timer);
		await worker.terminate();
	}
};

/** Every option that is cheapest for some need: what is known without a solver. */
const greedy = (problem: PlanProblem): boolean[] => {
	const chosen = problem.options.map(() => false);
	problem.groups.forEach(({ needs }, group) =>
		needs.forEach((_, place) => {
			const by = optionsFor(problem, group, place).map((index) => ({ index, cost: problem.options[index]?.cost ?? 0 }));
			if (by.some(({ index }) => chosen[index])) return;
			const [cheapest] = by.toSorted((one, other) => one.cost - other.cost);
			if (cheapest !== undefined) chosen[cheapest.index] = true;
		}),
	);
	return chosen;
};

/**
 * The cheapest choice that a solver finds in the time, and the bound below which there is no other. Whatever comes out of the solver
 * is checked to mend everything before it is believed.
 */
export const solve = async (problem: PlanProblem, seconds: number): Promise<PlanSolution> => {
	if (problem.options.length === 0) return { chosen: [], bound: 0 };
	const { values, bound } = await run({ lp: planLp(problem), seconds });
	if (values === null) return { chosen: greedy(problem), bound: bound / 100 };
	const chosen = problem.options.map((_, index) => (values[`x${index}`] ?? 0) > 0.5);
	if (!mendsAll(problem, chosen)) throw new Problem('internal', 'The solver gave a plan that does not mend everything');
	// Short of time a solver may do worse than a rule of thumb.
	const simple = greedy(problem);
	const better = costOf(problem, simple) < costOf(problem, chosen) ? simple : chosen;
	return { chosen: better, bound: bound / 100 };
};
