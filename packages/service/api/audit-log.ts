import type { Operation } from '@keyward/contract';
import { days, type Milliseconds, Problem } from '@keyward/core';
import type { Allowed, Caller } from '@keyward/core/authorize';
import type { AuditStore, Clock } from '@keyward/core/port';
import { writeInput } from '../evidence/written-input.ts';
import { callerName } from '../people/caller-name.ts';

/** IEC 62443-4-2 CR 2.8, CR 2.9: long enough for a yearly audit. */
const KEPT: Milliseconds = days(400);

/** Who changed what, before and after it is done (CR 2.8, CR 6.1; CR 2.12: who has done it cannot deny it by a crash). */
export interface AuditLog {
	/** Does it between two durable entries. Throws what `work` throws; nothing is done that cannot be recorded. */
	record<Result>(
		call: {
			readonly operation: Operation;
			readonly input: unknown;
			readonly caller: Caller;
			readonly allowed: Allowed;
		},
		work: () => Promise<Result>,
	): Promise<Result>;
	/** Forgets what is older than it is kept. */
	forget(): Promise<void>;
}

type Fields = Readonly<Record<string, string | number | boolean>>;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** What `record` kept of an input. */
export const readInput = (text: string): Fields => {
	const fields: Record<string, string | number | boolean> = {};
	const read: unknown = JSON.parse(text);
	for (const [name, value] of Object.entries(isObject(read) ? read : {}))
		if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') fields[name] = value;
	return fields;
};

const whoOf = (caller: Caller, allowed: Allowed): string => {
	const who = callerName(caller, allowed);
	return allowed.approvedBy === undefined ? who : `${who}, approved by ${allowed.approvedBy}`;
};

export const createAuditLog = (store: AuditStore, clock: Clock): AuditLog => ({
	record: async ({ operation, input, caller, allowed }, work) => {
		const { name, withheld = [] } = operation;
		const application = isObject(input) ? input['application'] : null;
		const entry = await store.beginAction({
			...{ at: clock.now(), who: whoOf(caller, allowed), operation: name },
			application: typeof application === 'string' ? application : null,
			input: writeInput(input, withheld),
		});
		let result = 'internal';
		try {
			const answer = await work();
			result = 'done';
			return answer;
		} catch (error) {
			if (error instanceof Problem) result = error.code;
			throw error;
		} finally {
			await store.endAction(entry, clock.now(), result);
		}
	},
	forget: async () => {
		await store.forgetActions(clock.now() - KEPT);
	},
});
