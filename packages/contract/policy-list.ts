import Type from 'typebox';
import { operation, operator } from './operation.ts';
import { count, exactly, instant, name, nothing } from './shapes.ts';

export const policyList = operation('policy.list', {
	summary: 'The policy in force for each application',
	callers: [operator],
	safe: true,
	input: nothing,
	output: Type.Array(exactly({ application: name, epoch: count, text: Type.String(), at: instant })),
});
