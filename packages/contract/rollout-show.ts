import { operation, operator, people } from './operation.ts';
import { rolloutDetail, rolloutId } from './rollout-shapes.ts';
import { exactly } from './shapes.ts';

export const rolloutShow = operation('rollout.show', {
	summary: 'A rollout with every device: how far it is, why it failed, and what it says of its updates',
	callers: [operator, ...people('owner', 'operator', 'auditor')],
	safe: true,
	input: exactly({ id: rolloutId }),
	output: rolloutDetail,
});
