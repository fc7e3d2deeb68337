import { incident } from './incident-shapes.ts';
import { operation, operator, people } from './operation.ts';
import { count, exactly, sentence } from './shapes.ts';

export const incidentClose = operation('incident.close', {
	summary: 'Closes an incident with a reason; what was contained stays contained',
	callers: [operator, ...people('owner', 'operator')],
	input: exactly({ number: count, reason: sentence }),
	output: incident,
});
