import { Type } from './type.ts';
import { billSummary } from './bom-import.ts';
import { operation, operator, people, program } from './operation.ts';
import { applicationOrAll } from './shapes.ts';

export const bomList = operation('bom.list', {
	summary: 'Lists the bills of materials by device class and version',
	callers: [operator, ...people('owner', 'operator', 'auditor'), program],
	safe: true,
	input: applicationOrAll,
	output: Type.Array(billSummary),
});
