import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { exactly, name, principalName, refusalSummary } from './shapes.ts';

export const refusalsList = operation('refusals.list', {
	summary: 'What devices, readers and strangers were refused since the service started, and why, newest first',
	callers: [operator, ...people('owner', 'operator', 'commissioner', 'auditor')],
	safe: true,
	input: exactly({ application: Type.Optional(name), device: Type.Optional(name) }),
	output: Type.Array(
		exactly({
			principal: Type.Union([principalName, Type.Null()], { description: 'null for strangers, all together' }),
			...refusalSummary.properties,
		}),
		{ description: 'at most 1,000' },
	),
});
