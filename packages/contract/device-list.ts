import { Type } from './type.ts';
import { operation, operator, people, program } from './operation.ts';
import { applicationOrAll, principalSummary } from './shapes.ts';

export const deviceList = operation('device.list', {
	summary: 'Devices of an application, or of all',
	callers: [operator, ...people('owner', 'operator', 'commissioner', 'auditor'), program],
	safe: true,
	input: applicationOrAll,
	output: Type.Array(principalSummary),
});
