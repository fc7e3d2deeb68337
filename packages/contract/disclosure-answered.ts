import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { exactly, instant } from './shapes.ts';

export const disclosureAnswered = operation('disclosure.answered', {
	summary: 'Notes that the contact of security.txt answered somebody who wrote to it: counts for a year',
	callers: [operator, ...people('owner', 'operator')],
	input: exactly({ at: Type.Optional(Type.Integer({ minimum: 0, description: 'when; now unless said' })) }),
	output: exactly({ at: instant }),
});
