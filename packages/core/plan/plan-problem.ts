import type { Component } from '../policy/fact.ts';
import type { Level } from '../policy/level.ts';
import type { RequirementId } from '../requirement/requirement.ts';
import type { PriceList, Remedy } from './price-list.ts';

/** One requirement at one component that is below the level wanted. */
export interface Need {
	readonly requirement: RequirementId;
	readonly component: Component;
	readonly wanted: Level;
	readonly reason: string;
	/** No site can achieve it with this version of Keyward. */
	readonly barred: boolean;
	/** The application whose policy asks it; the service is asked by each. */
	readonly asks?: string;
}

/** Components that lack the same: what is best for one is best for each. */
export interface PlanGroup {
	readonly components: readonly Component[];
	readonly needs: readonly Pick<Need, 'requirement' | 'wanted'>[];
}

/** Doing one remedy to every component of one group. */
export interface PlanOption {
	readonly group: number;
	/** Index into the price list. */
	readonly remedy: number;
	/** Needs of the group that it mends. */
	readonly mends: readonly number[];
	readonly cost: number;
}

/** What is to be solved: choose options so that every need of every group is mended, as cheaply as can be. */
export interface PlanProblem {
	readonly groups: readonly PlanGroup[];
	readonly options: readonly PlanOption[];
	/** By group: the indexes of its options. */
	readonly optionsOf: readonly (readonly number[])[];
	readonly remedies: readonly Remedy[];
	/** What no remedy of the list mends, and what no site can. */
	readonly left: readonly Need[];
}

const reaches = (remedy: Remedy, { requirement, wanted }: Pick<Need, 'requirement' | 'wanted'>): boolean =>
	(remedy.mends.get(requirement) ?? 0) >= wanted;

const idOf = ({ kind, application, id }: Component): string => `${kind}/${application}/${id}`;

export const planProblem = (needs: readonly Need[], { remedies }: PriceList): PlanProblem => {
	const left: Need[] = [];
	const mendable = new Map<string, { component: Component; needs: Map<RequirementId, Level> }>();
	for (const need of needs) {
		if (need.barred || !remedies.some((remedy) => reaches(remedy, need))) {
			left.push(need);
			continue;
		}
		const id = idOf(need.component);
		const known = mendable.get(id) ?? { component: need.component, needs: new Map<RequirementId, Level>() };
		const before = known.needs.get(need.requirement) ?? 0;
		if (need.wanted > before) known.needs.set(need.requirement, need.wanted);
		mendable.set(id, known);
	}
	const groups = [
		...Map.groupBy(mendable.values(), ({ component, needs: lacking }) =>
			JSON.stringify([component.kind, [...lacking].toSorted(([one], [other]) => (one < other ? -1 : 1))]),
		).values(),
	].map((members): PlanGroup => ({
		components: members.map(({ component }) => component),
		needs: [...(members[0]?.needs ?? [])].map(([requirement, wanted]) => ({ requirement, wanted })),
	}));
	const options = groups.flatMap((group, index) =>
		remedies.flatMap((remedy, at): PlanOption[] => {
			const mends = group.needs.flatMap((need, place) => (reaches(remedy, need) ? [place] : []));
			return mends.length === 0
				? []
				: [{ group: index, remedy: at, mends, cost: (Math.round(remedy.each * 100) * group.components.length) / 100 }];
		}),
	);
	const optionsOf: number[][] = groups.map(() => []);
	for (const [index, { group }] of options.entries()) optionsOf[group]?.push(index);
	return { groups, options, optionsOf, remedies, left };
};

/** What these options cost together, with what is paid once. */
export const costOf = ({ options, remedies }: PlanProblem, chosen: readonly boolean[]): number => {
	const taken = options.filter((_, index) => chosen[index] === true);
	const once = new Set(taken.map(({ remedy }) => remedy));
	const cents = (price: number): number => Math.round(price * 100);
	return (
		([...once].reduce((sum, remedy) => sum + cents(remedies[remedy]?.once ?? 0), 0) +
			taken.reduce((sum, { cost }) => sum + cents(cost), 0)) /
		100
	);
};

/** The options of a group that mend one of its needs. */
export const optionsFor = ({ options, optionsOf }: PlanProblem, group: number, need: number): number[] =>
	(optionsOf[group] ?? []).filter((index) => options[index]?.mends.includes(need) === true);

/** Whether these options mend every need of the group. */
export const mendsGroup = (problem: PlanProblem, group: number, chosen: readonly boolean[]): boolean =>
	(problem.groups[group]?.needs ?? []).every((_, need) =>
		optionsFor(problem, group, need).some((index) => chosen[index] === true),
	);

/** Whether these options mend every need. */
export const mendsAll = (problem: PlanProblem, chosen: readonly boolean[]): boolean =>
	problem.groups.every((_, group) => mendsGroup(problem, group, chosen));

/** The problem in CPLEX LP format: `x0`, `x1` … for the options, `y0` … for what is paid once. */
export const planLp = (problem: PlanProblem): string => {
	const { groups, options, remedies } = problem;
	const paidOnce = [...new Set(options.map(({ remedy }) => remedy))].filter(
		(remedy) => (remedies[remedy]?.once ?? 0) > 0,
	);
	const cents = (price: number): string => String(Math.round(price * 100));
	const terms = [
		...options.map(({ cost }, index) => `${cents(cost)} x${index}`),
		...paidOnce.map((remedy) => `${cents(remedies[remedy]?.once ?? 0)} y${remedy}`),
	];
	const covers = groups.flatMap(({ needs }, group) =>
		needs.map((_, place) => {
			const by = optionsFor(problem, group, place).map((index) => `x${index}`);
			return ` n${group}_${place}: ${by.join(' + ')} >= 1`;
		}),
	);
	const pays = options.flatMap(({ remedy }, index) =>
		(remedies[remedy]?.once ?? 0) > 0 ? [` p${index}: x${index} - y${remedy} <= 0`] : [],
	);
	const names = [...options.map((_, index) => `x${index}`), ...paidOnce.map((remedy) => `y${remedy}`)];
	return [
		'Minimize',
		` cost: ${terms.join('\n + ')}`,
		'Subject To',
		...covers,
		...pays,
		'Binary',
		...names.map((one) => ` ${one}`),
		'End',
		'',
	].join('\n');
};
