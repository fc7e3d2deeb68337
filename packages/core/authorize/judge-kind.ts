import type { Refusal } from '../problem/refusal.ts';
import type { AccessRule, Caller, OperationRule } from './caller.ts';

/** What a listener can say before it reads the input: whether any caller of this kind is named. Null: go on. */
export const judgeKind = (caller: Pick<Caller, 'kind'>, operation: OperationRule | null): Refusal | null => {
	if (operation === null) return noEntry;
	if (operation.callers.some(({ kind }) => kind === caller.kind)) return null;
	return caller.kind === 'anonymous' ? strange : notGranted(operation);
};

export const noEntry: Refusal = {
	code: 'not-granted',
	requirement: 'deny-by-default',
	reason: 'there is no such operation, or nobody may call it; /v1/openapi.json lists what there is',
};

export const strange: Refusal = {
	code: 'not-authenticated',
	requirement: 'device-authentication',
	reason: 'Connect with the certificate of a device or reader of this site.',
};

export const notGranted = ({ name, callers }: OperationRule): Refusal => ({
	code: 'not-granted',
	requirement: 'deny-by-default',
	reason: `${name} is not for this caller: ${[...new Set(callers.map(calledBy))].join(', ') || 'nobody'} may call it.`,
});

/** The operator of the socket owns the machine; a person with that role signs in. */
const calledBy = (rule: AccessRule): string =>
	rule.kind === 'certificate'
		? rule.role === 'program'
			? 'a program that the policy names'
			: rule.role
		: rule.kind === 'person'
			? `a person with the role ${rule.role}`
			: rule.kind === 'operator'
				? "the operator on the site's machine"
				: rule.kind;
