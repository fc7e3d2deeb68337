import { Problem } from '../problem/problem.ts';
import { catalogue, requirement } from './catalogue/index.ts';
import type { Level } from './level.ts';
import type { Objective } from './objective.ts';
import type { Policy } from './policy.ts';
import type { Parameters, ParameterValue, Tighten } from './parameter-value.ts';
import type { RequirementId } from '../requirement/requirement.ts';

/** Throws `Problem('policy-laxer')` when the value asks less of the requirement than the level of its objective. */
export const mustBeStricter = (id: RequirementId, level: Level, value: ParameterValue): void => {
	const { objective, scale, asks } = requirement(id);
	const asked = asks[level]?.value ?? null;
	if (asked === null || scale.compare(value, asked) >= 0) return;
	throw new Problem(
		'policy-laxer',
		`${scale.print(value)} is laxer than level ${level} of ${objective}, which asks ${scale.print(asked)}; a value may be stricter, never laxer`,
	);
};

/** The levels as parameters, made stricter where `tighten` says so. Throws `Problem('policy-laxer')`. */
export const expandParameters = (level: Readonly<Record<Objective, Level>>, tighten: Tighten = {}): Parameters =>
	Object.freeze(
		Object.fromEntries(
			catalogue.map(({ id, objective, asks }) => {
				const tightened = tighten[id];
				if (tightened === undefined) return [id, asks[level[objective]]?.value ?? null];
				mustBeStricter(id, level[objective], tightened);
				return [id, tightened];
			}),
		),
	) as Parameters;

/**
 * What an enforcement point must make true now: the parameter, or the strictest value that is built where the parameter
 * asks for more. Null: nothing is asked, or nothing of it is built. Posture says what is missing.
 */
export const enforceable = (parameters: Parameters, id: RequirementId): ParameterValue | null => {
	const { scale, builtTo } = requirement(id);
	const asked = parameters[id];
	if (asked === null || builtTo === null) return null;
	return scale.satisfies(builtTo, asked) ? asked : builtTo;
};

/** Whether what was measured is good enough for what is asked of this requirement. True when nothing is asked. */
export const satisfies = (id: RequirementId, measured: ParameterValue, asked: ParameterValue | null): boolean =>
	asked === null || requirement(id).scale.satisfies(measured, asked);

/** The value as a policy would write it; `–` for null. */
export const printParameter = (id: RequirementId, value: ParameterValue | null): string =>
	value === null ? '–' : requirement(id).scale.print(value);

/** A parameter that differs between two policies. */
export interface ParameterChange {
	readonly requirement: RequirementId;
	readonly before: ParameterValue | null;
	readonly after: ParameterValue | null;
	readonly direction: 'stricter' | 'laxer';
}

/** The parameters that change from one policy to the next, in the order of the catalogue. */
export const comparePolicies = (
	before: Pick<Policy, 'parameters'>,
	after: Pick<Policy, 'parameters'>,
): ParameterChange[] =>
	catalogue.flatMap(({ id, scale }) => {
		const [was, is] = [before.parameters[id], after.parameters[id]];
		if (was === is) return [];
		const stricter = was === null || (is !== null && scale.compare(is, was) > 0);
		return [{ requirement: id, before: was, after: is, direction: stricter ? 'stricter' : 'laxer' } as const];
	});
