import type { Refusal } from '../problem/refusal.ts';

/** Admitted, with what falls short of the policy in mode `audit`; or not, with every reason. */
export type Judgement =
	| { readonly admit: true; readonly findings: readonly Refusal[] }
	| { readonly admit: false; readonly refusals: readonly [Refusal, ...Refusal[]] };

/** Not admitted, for one reason. */
export const refuse = (code: Refusal['code'], requirement: Refusal['requirement'], reason: string): Judgement => ({
	admit: false,
	refusals: [{ code, requirement, reason }],
});

/** The judgement with more against it. */
export const withRefusals = (judgement: Judgement, more: readonly Refusal[]): Judgement => {
	const [first, ...rest] = judgement.admit ? more : [...judgement.refusals, ...more];
	return first === undefined ? judgement : { admit: false, refusals: [first, ...rest] };
};
