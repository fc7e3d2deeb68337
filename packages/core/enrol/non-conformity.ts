import type { ParameterValue } from '../policy/parameter-value.ts';
import { enforceable, satisfies } from '../policy/parameters.ts';
import type { Policy } from '../policy/policy.ts';
import type { RequirementId } from '../requirement/requirement.ts';
import type { ErrorCode } from '../problem/code.ts';
import type { Refusal } from '../problem/refusal.ts';

/** Something that the policy asks and the pledge does not reach. */
export interface NonConformity {
	readonly refusal: Refusal;
	/** True when it falls short of what is built; else it only shows. */
	readonly enforced: boolean;
}

/** The shortfall of `measured` against one requirement, or none. A value off the scale falls short of everything. */
export const nonConformityOf = (
	policy: Policy,
	requirement: RequirementId,
	measured: ParameterValue,
	code: ErrorCode,
	reason: string,
): NonConformity[] =>
	satisfies(requirement, measured, policy.parameters[requirement])
		? []
		: [
				{
					refusal: { code, requirement, reason },
					enforced: !satisfies(requirement, measured, enforceable(policy.parameters, requirement)),
				},
			];
