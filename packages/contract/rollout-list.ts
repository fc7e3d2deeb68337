import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { rolloutSummary } from './rollout-shapes.ts';
import { exactly, name } from './shapes.ts';

export const rolloutList = operation('rollout.list', {
	summary: 'The rollouts of an application, oldest first, and how far they are',
	callers: [operator, ...people('owner', 'operator', 'auditor')],
	safe: true,
	input: exactly({ application: name }),
	output: Type.Array(rolloutSummary),
});
