import { Type } from './type.ts';
import { softwareVersion } from './boot-reference-add.ts';
import { operation, operator, people } from './operation.ts';
import { applicationOrAll, exactly, instant, name } from './shapes.ts';

export const bootReferenceList = operation('boot-reference.list', {
	summary: 'Lists the versions that have boot reference values',
	callers: [operator, ...people('owner', 'operator', 'commissioner', 'auditor')],
	safe: true,
	input: applicationOrAll,
	output: Type.Array(exactly({ application: name, class: name, version: softwareVersion, at: instant })),
});
