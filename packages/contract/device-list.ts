import Type from 'typebox';
import { operation, operator } from './operation.ts';
import { applicationOrAll, principalSummary } from './shapes.ts';

export const deviceList = operation('device.list', {
	summary: 'Devices of an application, or of all',
	callers: [operator],
	safe: true,
	input: applicationOrAll,
	output: Type.Array(principalSummary),
});
