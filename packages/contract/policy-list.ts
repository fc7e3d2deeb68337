import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { count, exactly, instant, name, nothing } from './shapes.ts';

export const policyList = operation('policy.list', {
	summary: 'The policy in force for each application',
	callers: [operator, ...people('owner', 'operator', 'commissioner', 'auditor')],
	safe: true,
	input: nothing,
	output: Type.Array(exactly({ application: name, epoch: count, text: Type.String(), at: instant })),
});
