import type { Policy } from '../policy/policy.ts';
import type { Refusal } from '../problem/refusal.ts';
import type { OperationRule } from './caller.ts';

/** What is known of a second person's approval of this very call. */
export interface DualControl {
	/** Whether a policy asks for it: in `enforce`, in `audit`, or none does. */
	readonly asked: 'enforce' | 'audit' | null;
	/** Who calls, as the approval names them. */
	readonly caller: string;
	/** Who approved this call with this input, for this caller, and not too long ago; null when nobody did. */
	readonly approvedBy: string | null;
	/** An override stands for this caller. */
	readonly overridden: boolean;
	/** People who could be the second. */
	readonly people: number;
}

/** What the policies say: the application's where the input names one, else the strictest of all. */
export const dualControlAsked = (policies: readonly Pick<Policy, 'mode' | 'parameters'>[]): DualControl['asked'] => {
	const asking = policies.filter(({ parameters }) => parameters['dual-control'] === true);
	if (asking.some(({ mode }) => mode === 'enforce')) return 'enforce';
	return asking.length > 0 ? 'audit' : null;
};

/**
 * CR 2.1 RE(4): one stolen session, or one bribed person, does not change who may do what, or destroy what cannot be had back. CR 2.1
 * RE(3): an override is the way on where no second person can be reached. The first person of a site cannot be approved by another.
 */
export const judgeDualControl = (
	{ name, privileged }: OperationRule,
	{ asked, caller, approvedBy, overridden, people }: DualControl,
): Refusal | null => {
	if (privileged === undefined || asked === null || overridden) return null;
	if (privileged === 'but-first' && people === 0) return null;
	if (approvedBy !== null && approvedBy !== caller) return null;
	return {
		...{ code: 'approval-needed', requirement: 'dual-control' },
		reason: `${name} needs a second person's approval`,
	};
};
