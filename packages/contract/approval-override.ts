import { Type } from './type.ts';
import { operation, operator } from './operation.ts';
import { exactly, instant, sentence } from './shapes.ts';

export const approvalOverride = operation('approval.override', {
	summary: 'Lets the operator of the machine do without a second person for a while, on record',
	callers: [operator],
	input: exactly({
		minutes: Type.Integer({ minimum: 1, maximum: 60 }),
		reason: sentence,
	}),
	output: exactly({ until: instant }),
});
