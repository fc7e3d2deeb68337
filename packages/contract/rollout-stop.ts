import { operation, operator, people } from './operation.ts';
import { rolloutId, rolloutReason, rolloutSummary } from './rollout-shapes.ts';
import { exactly } from './shapes.ts';

export const rolloutStop = operation('rollout.stop', {
	summary: 'Ends a rollout for good; no further device is told of its release',
	callers: [operator, ...people('owner', 'operator')],
	input: exactly({ id: rolloutId, reason: rolloutReason }),
	output: rolloutSummary,
});
