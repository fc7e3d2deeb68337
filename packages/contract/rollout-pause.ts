import { operation, operator, people } from './operation.ts';
import { rolloutId, rolloutReason, rolloutSummary } from './rollout-shapes.ts';
import { exactly } from './shapes.ts';

export const rolloutPause = operation('rollout.pause', {
	summary: 'Tells no further device of a release; those that were told go on, and are watched',
	callers: [operator, ...people('owner', 'operator')],
	input: exactly({ id: rolloutId, reason: rolloutReason }),
	output: rolloutSummary,
});
