export { type Plan, planOf, type PlanSolution } from './plan.ts';
export { costOf, mendsAll, type Need, optionsFor, planLp, planProblem, type PlanProblem } from './plan-problem.ts';
export { parsePriceList, type PriceList } from './price-list.ts';
