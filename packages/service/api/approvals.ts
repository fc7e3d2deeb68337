import { minutes, Problem } from '@keyward/core';
import { mayAs } from '../people/approver.ts';
import { callerName } from '../people/caller-name.ts';
import type { Answer, ApiDependencies } from './answer.ts';
import { rightsOf } from './requested-rights.ts';

export const approvalList =
	({ people, policies }: ApiDependencies): Answer<'approval.list'> =>
	async () => ({
		requests: people.approvals.list().map((request) => ({ ...request, rights: rightsOf(request, policies) })),
		overrides: people.approvals.overrides(),
	});

/**
 * CR 2.1 RE(4): the second is another than the first, and may do it too: a signed-in person; or the operator of the machine for what a
 * signed-in person asks, since the socket proves no person, and two of its users may be one.
 */
export const approvalDecide =
	({ people }: ApiDependencies): Answer<'approval.decide'> =>
	async ({ number, approve }, allowed, caller) => {
		const by = callerName(caller, allowed);
		const { person } = allowed;
		const waits = people.approvals.find(number);
		if (waits !== null && approve) {
			const may = person === undefined ? waits.asks.startsWith('person ') : mayAs(person.role, waits.operation);
			if (!may)
				throw new Problem(
					'not-granted',
					person === undefined
						? `What ${waits.asks} asks is approved by a person who signed in: the socket proves no second one.`
						: `${waits.operation} is not for the role ${person.role}, nor is its approval.`,
				);
		}
		const { operation, asks } = await people.approvals.decide(number, by, approve);
		return { operation, asks, approved: approve };
	};

/** CR 2.1 RE(3): it ends by itself, and stands in the audit log with its reason. */
export const approvalOverride =
	({ people }: ApiDependencies): Answer<'approval.override'> =>
	async (input, allowed, caller) => {
		const { until } = await people.approvals.override(
			callerName(caller, allowed),
			minutes(input.minutes),
			input.reason,
		);
		return { until };
	};
