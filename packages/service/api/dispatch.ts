import type { Caller } from '@keyward/core/authorize';
import type { OperationName, Operations } from '@keyward/contract';
import type { Answers } from './answers.ts';
import type { Permit } from './permit.ts';

/** Calls one operation as this caller. Throws `Problem` with the code that the caller is told. */
export type Dispatch = <Name extends OperationName>(
	name: Name,
	input: Operations[Name]['input'],
	caller: Caller,
) => Promise<Operations[Name]['output']>;

/** The one way to an answer: every listener, thread and function of this process goes through it, and is judged here (CR 2.1). */
export const createDispatch =
	(permit: Permit, answers: Answers): Dispatch =>
	async (name, input, caller) => {
		const allowed = await permit(caller, name, input);
		return answers[name](input, allowed);
	};
