import Type from 'typebox';
import { billSummary } from './bom-import.ts';
import { operation, operator } from './operation.ts';
import { applicationOrAll } from './shapes.ts';

export const bomList = operation('bom.list', {
	summary: 'Lists the bills of materials by device class and version',
	callers: [operator],
	safe: true,
	input: applicationOrAll,
	output: Type.Array(billSummary),
});
