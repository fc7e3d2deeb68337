import type { Caller } from '@keyward/core/authorize';
import { type Operation, type OperationName, type Operations, operations } from '@keyward/contract';
import type { AuditLog } from './audit-log.ts';
import type { Answers } from './answers.ts';
import type { Permit } from './permit.ts';

/** Calls one operation as this caller. Throws `Problem` with the code that the caller is told. */
export type Dispatch = <Name extends OperationName>(
	name: Name,
	input: Operations[Name]['input'],
	caller: Caller,
) => Promise<Operations[Name]['output']>;

/** The one way to an answer: every listener, thread and function of this process goes through it, is judged here (CR 2.1),
 * and recorded where it changes something (CR 2.8). */
export const createDispatch =
	(permit: Permit, answers: Answers, audit: Pick<AuditLog, 'record'>): Dispatch =>
	async (name, input, caller) => {
		const allowed = await permit(caller, name, input);
		const operation: Operation = operations[name];
		const answer = (): Promise<Operations[typeof name]['output']> => answers[name](input, allowed);
		return operation.safe === true ? answer() : audit.record({ operation, input, caller, allowed }, answer);
	};
