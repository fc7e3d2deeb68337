import { errorCodes } from '@keyward/core';
import { requirementIds } from '@keyward/core/vocabulary';
import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { count, exactly, name, rightsChanges } from './shapes.ts';

/** The most sessions and grants that one answer names. */
export const mostNamed = 200;

export const policyCompare = operation('policy.compare', {
	summary: 'What a policy would cut if it were applied now; nothing is changed',
	callers: [operator, ...people('owner', 'operator', 'auditor')],
	safe: true,
	input: exactly({ text: Type.String({ minLength: 1, maxLength: 262_144, description: 'the policy file, YAML' }) }),
	output: exactly({
		application: name,
		epoch: Type.Integer({ minimum: 0, description: 'the epoch in force; 0 where the application is new' }),
		live: count,
		cut: count,
		narrowed: { ...count, description: 'sessions that would go on for their essential streams alone' },
		sessions: Type.Array(
			exactly({
				kind: Type.Union([Type.Literal('device'), Type.Literal('reader')]),
				id: name,
				code: Type.Enum([...errorCodes]),
				requirement: Type.Enum([...requirementIds]),
				reason: Type.String(),
				essential: Type.Boolean({ description: 'it goes on for its essential streams, and those alone' }),
			}),
			{ description: `the first ${mostNamed} of those that would be cut or narrowed` },
		),
		lost: count,
		grants: Type.Array(exactly({ reader: name, device: Type.String(), stream: name }), {
			description: `the first ${mostNamed} of the grants that hold now, and would not any more`,
		}),
		rights: rightsChanges,
		warnings: Type.Array(Type.String()),
	}),
});
