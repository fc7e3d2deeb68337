import { operation, operator, people } from './operation.ts';
import { rolloutId, rolloutSummary } from './rollout-shapes.ts';
import { exactly } from './shapes.ts';

export const rolloutResume = operation('rollout.resume', {
	summary: 'Goes on with a rollout that is paused or halted; devices that failed are told again',
	callers: [operator, ...people('owner', 'operator')],
	input: exactly({ id: rolloutId }),
	output: rolloutSummary,
});
