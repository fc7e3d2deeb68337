import { Type } from './type.ts';
import { operation, operator, people, program } from './operation.ts';
import { role } from './people-shapes.ts';
import { exactly, name, principalName, refusalSummary } from './shapes.ts';

export const refusalsList = operation('refusals.list', {
	summary: 'What devices, readers, people and strangers were refused since the service started, and why, newest first',
	callers: [operator, ...people('owner', 'operator', 'commissioner', 'auditor'), program],
	safe: true,
	input: exactly({ application: Type.Optional(name), device: Type.Optional(name) }),
	output: Type.Array(
		exactly({
			principal: Type.Union([principalName, Type.Null()], {
				description: 'null for strangers, all together, and for people',
			}),
			person: Type.Optional(
				exactly({
					...{ name: Type.String(), role },
					operation: Type.String({ description: 'what they were refused' }),
				}),
			),
			...refusalSummary.properties,
		}),
		{ description: 'at most 1,000' },
	),
});
