import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { exactly, nothing } from './shapes.ts';

export const alertsTest = operation('alerts.test', {
	summary: 'Send a test alert to the webhook of the site file, and say what became of it',
	callers: [operator, ...people('owner', 'operator')],
	input: nothing,
	output: exactly({ delivered: Type.Boolean(), detail: Type.String() }),
});
