import { Type } from './type.ts';
import { operation, operator, people, program } from './operation.ts';
import { applicationOrAll, grant } from './shapes.ts';

export const grantList = operation('grant.list', {
	summary: 'Grants of an application, or of all',
	callers: [operator, ...people('owner', 'operator', 'auditor'), program],
	safe: true,
	input: applicationOrAll,
	output: Type.Array(grant),
});
