import { incidentDetail } from './incident-shapes.ts';
import { operation, operator, people } from './operation.ts';
import { count, exactly } from './shapes.ts';

export const incidentShow = operation('incident.show', {
	summary: 'An incident: what happened, what was done, and who did it',
	callers: [operator, ...people('owner', 'operator', 'auditor')],
	safe: true,
	input: exactly({ number: count }),
	output: incidentDetail,
});
