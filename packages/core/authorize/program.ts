import type { PrincipalName } from '../device/principal-name.ts';
import type { Policy } from '../policy/policy.ts';
import type { OperationRule } from './caller.ts';

/**
 * CR 1.2, CR 2.1 RE(1) (a program's stolen certificate does no more than the program): a reader of an application does what the
 * application's policy in force names for it, in that application. Decided at each call: what was taken away is gone.
 */
export const mayAsProgram = (
	{ callers, name }: OperationRule,
	{ kind, application, id }: PrincipalName,
	policy: Policy | null,
	input: unknown,
): boolean =>
	kind === 'reader' &&
	callers.some((rule) => rule.kind === 'certificate' && rule.role === 'program') &&
	policy?.application === application &&
	policy.programs?.get(id)?.includes(name) === true &&
	// An input that names no application is about all of them.
	typeof input === 'object' &&
	input !== null &&
	'application' in input &&
	input.application === application;
