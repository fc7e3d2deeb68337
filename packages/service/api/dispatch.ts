import type { Caller } from '@keyward/core/authorize';
import { type Operation, type OperationName, type Operations, operations } from '@keyward/contract';
import type { AuditLog } from './audit-log.ts';
import type { Answers } from './answers.ts';
import { callerName } from '../people/caller-name.ts';
import type { KeyedCalls } from './keyed-calls.ts';
import type { Policies } from '../policy/policies.ts';
import type { Permit } from './permit.ts';

/** Calls one operation as this caller. Throws `Problem` with the code that the caller is told. */
export type Dispatch = <Name extends OperationName>(
	name: Name,
	input: Operations[Name]['input'],
	caller: Caller,
	/** Makes it safe to repeat; of no meaning where the operation changes nothing. */
	key?: string,
) => Promise<Operations[Name]['output']>;

/** The one way to an answer: every listener, thread and function of this process goes through it, is judged here (CR 2.1),
 * and recorded where it changes something (CR 2.8). */
export const createDispatch =
	(
		permit: Permit,
		answers: Answers,
		audit: Pick<AuditLog, 'record'>,
		policies: Pick<Policies, 'mustHave'>,
		calls: Pick<KeyedCalls, 'knows' | 'during'>,
	): Dispatch =>
	async (name, input, caller, key) => {
		let isRepeated = false;
		const repeats = key === undefined ? undefined : (who: string) => (isRepeated = calls.knows(who, key));
		const allowed = await permit(caller, name, input, repeats);
		if (caller.kind === 'operator') requireApplication(policies, input);
		const operation: Operation = operations[name];
		const answer = (): Promise<Operations[typeof name]['output']> => answers[name](input, allowed, caller);
		if (operation.safe === true) return answer();
		const record = () => audit.record({ operation, input, caller, allowed }, answer);
		return key === undefined
			? record()
			: calls.during({ who: callerName(caller, allowed), key, operation, input, isRepeated }, record);
	};

/** An operator who mistypes an application must not be told that there is nothing of it. Throws `policy-unknown-application`. */
const requireApplication = (policies: Pick<Policies, 'mustHave'>, input: object): void => {
	if ('application' in input && typeof input.application === 'string') policies.mustHave(input.application);
};
