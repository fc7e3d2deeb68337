import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { number } from './people-shapes.ts';
import { exactly, instant, rightsChanges } from './shapes.ts';

export const approvalList = operation('approval.list', {
	summary: 'What waits for a second person, what was approved and not done yet, and overrides that stand',
	callers: [operator, ...people('owner', 'operator', 'auditor')],
	safe: true,
	input: exactly({}),
	output: exactly({
		requests: Type.Array(
			exactly({
				number,
				operation: Type.String(),
				asks: Type.String({ description: 'who called' }),
				at: instant,
				expires: instant,
				approvedBy: Type.Union([Type.String(), Type.Null()]),
				digest: Type.String({ description: 'SHA-256 of operation and input: the call that is repeated must have it' }),
				input: Type.String({ description: 'JSON, without what the audit log withholds' }),
				rights: Type.Union([rightsChanges, Type.Null()], {
					description:
						'what it gives and takes, compared with the policy in force now; null where its policy is too long to be kept, or malformed',
				}),
			}),
		),
		overrides: Type.Array(exactly({ who: Type.String(), until: instant, reason: Type.String() })),
	}),
});
