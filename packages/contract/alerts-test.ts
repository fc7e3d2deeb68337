import Type from 'typebox';
import { operation, operator } from './operation.ts';
import { exactly, nothing } from './shapes.ts';

export const alertsTest = operation('alerts.test', {
	summary: 'Send a test alert to the webhook of the site file, and say what became of it',
	callers: [operator],
	input: nothing,
	output: exactly({ delivered: Type.Boolean(), detail: Type.String() }),
});
