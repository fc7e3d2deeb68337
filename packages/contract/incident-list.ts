import { Type } from './type.ts';
import { incident } from './incident-shapes.ts';
import { operation, operator, people, program } from './operation.ts';
import { exactly, name } from './shapes.ts';

export const incidentList = operation('incident.list', {
	summary: 'Incidents, newest first',
	callers: [operator, ...people('owner', 'operator', 'auditor'), program],
	safe: true,
	input: exactly({
		application: Type.Optional(name),
		device: Type.Optional(name),
		open: Type.Optional(Type.Boolean({ description: 'only those that nobody closed' })),
	}),
	output: Type.Array(incident),
});
