import { incidentDetail } from './incident-shapes.ts';
import { operation, operator } from './operation.ts';
import { count, exactly } from './shapes.ts';

export const incidentShow = operation('incident.show', {
	summary: 'An incident: what happened, what was done, and who did it',
	callers: [operator],
	safe: true,
	input: exactly({ number: count }),
	output: incidentDetail,
});
