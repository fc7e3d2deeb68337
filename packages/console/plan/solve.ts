import { costOf, mendsAll, optionsFor, type PlanProblem, type PlanSolution } from '@keyward/core/plan';

/** With so many remedies every choice of them is looked at: twice as long for each more. */
const EXACT = 12;

/** By set of remedies (one bit each), for one group: what mending all its needs with these alone costs; Infinity where it cannot be. */
const costsOf = (problem: PlanProblem, group: number, remedies: number): Float64Array => {
	const needs = problem.groups[group]?.needs.length ?? 0;
	const own = (problem.optionsOf[group] ?? []).flatMap((index) => problem.options[index] ?? []);
	const each = new Float64Array(remedies).fill(Infinity);
	const mends: ReadonlySet<number>[] = Array.from({ length: remedies }, () => new Set<number>());
	for (const option of own) {
		each[option.remedy] = option.cost;
		mends[option.remedy] = new Set(option.mends);
	}
	const costs = new Float64Array(2 ** remedies).fill(Infinity);
	for (let set = 0; set < costs.length; set++) {
		let least = Infinity;
		let sum = 0;
		const mended = new Set<number>();
		for (let remedy = 0; remedy < remedies; remedy++) {
			if ((set & (1 << remedy)) === 0) continue;
			least = Math.min(least, costs[set ^ (1 << remedy)] ?? Infinity);
			sum += each[remedy] ?? Infinity;
			for (const need of mends[remedy] ?? []) mended.add(need);
		}
		costs[set] = mended.size === needs ? Math.min(least, sum) : least;
	}
	return costs;
};

/** The least set within `allowed` that costs the group what `allowed` does. */
const within = (costs: Float64Array, allowed: number, remedies: number): number => {
	let set = allowed;
	for (let remedy = 0; remedy < remedies; remedy++) {
		const smaller = set & ~(1 << remedy);
		if (smaller !== set && costs[smaller] === costs[allowed]) set = smaller;
	}
	return set;
};

const exact = (problem: PlanProblem, used: readonly number[]): boolean[] => {
	const remedies = used.length;
	// Numbered from 0 among those that are used.
	const small: PlanProblem = {
		...problem,
		options: problem.options.map((option) => ({ ...option, remedy: used.indexOf(option.remedy) })),
	};
	const costs = problem.groups.map((_, group) => costsOf(small, group, remedies));
	let [best, cheapest] = [0, Infinity];
	for (let set = 0; set < 2 ** remedies; set++) {
		const once = used.reduce(
			(sum, remedy, bit) => sum + ((set & (1 << bit)) === 0 ? 0 : (problem.remedies[remedy]?.once ?? 0)),
			0,
		);
		const cost = costs.reduce((sum, of) => sum + (of[set] ?? Infinity), once);
		if (cost < cheapest) [best, cheapest] = [set, cost];
	}
	const chosen = costs.map((of) => within(of, best, remedies));
	return small.options.map(({ group, remedy }) => ((chosen[group] ?? 0) & (1 << remedy)) !== 0);
};

/** Whatever is cheapest for each need by itself. */
const simple = (problem: PlanProblem): boolean[] => {
	const chosen = problem.options.map(() => false);
	for (const [group, { needs }] of problem.groups.entries())
		for (const place of needs.keys()) {
			const by = optionsFor(problem, group, place);
			if (by.some((index) => chosen[index])) continue;
			const [cheapest] = by.toSorted((a, b) => (problem.options[a]?.cost ?? 0) - (problem.options[b]?.cost ?? 0));
			if (cheapest !== undefined) chosen[cheapest] = true;
		}
	return chosen;
};

/** The cheapest choice that mends everything, by trying every set of remedies; with very many remedies a good one. */
export const solve = (problem: PlanProblem): PlanSolution => {
	const used = [...new Set(problem.options.map(({ remedy }) => remedy))];
	if (used.length > EXACT) return { chosen: simple(problem), bound: 0 };
	const chosen = exact(problem, used);
	if (!mendsAll(problem, chosen)) throw new Error('the plan does not mend everything');
	return { chosen, bound: costOf(problem, chosen) };
};
