import { Problem } from '@keyward/core';
import { compareRights, parsePolicy, type Policy } from '@keyward/core/policy';
import type { ApprovalRequest } from '@keyward/core/port';
import type { Policies } from '../policy/policies.ts';

/** What was asked for, read once: null where it is not there to be read. */
const read = new WeakMap<ApprovalRequest, Policy | null>();

const policyIn = (request: ApprovalRequest): Policy | null => {
	const known = read.get(request);
	if (known !== undefined) return known;
	let policy: Policy | null = null;
	try {
		const { text } = JSON.parse(request.input) as { readonly text?: unknown };
		if (typeof text === 'string') policy = parsePolicy(text);
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
	}
	read.set(request, policy);
	return policy;
};

/**
 * CR 2.1: who approves a policy sees the rights that it gives and takes, compared with the policy in force at this moment. Null where its text
 * was too long to be kept, or is malformed: an empty list would say that it gives nothing.
 */
export const rightsOf = (
	request: ApprovalRequest,
	policies: Pick<Policies, 'policyOf'>,
): ReturnType<typeof compareRights> | null => {
	if (request.operation !== 'policy.apply') return [];
	const policy = policyIn(request);
	return policy === null ? null : compareRights(policies.policyOf(policy.application), policy);
};
