import { Type } from './type.ts';
import { operation, operator } from './operation.ts';
import { exactly, instant, name } from './shapes.ts';

export const agilityStart = operation('agility.start', {
	summary: 'Asks every device of an application for a new key, in waves; with a new issuing CA where wanted',
	callers: [operator],
	input: exactly({
		application: name,
		over: Type.Integer({
			minimum: 0,
			maximum: 90 * 86_400_000,
			description: 'milliseconds that the waves are spread over',
		}),
		newAuthority: Type.Optional(Type.Boolean({ description: 'make the next generation of its issuing CA first' })),
	}),
	output: exactly({ started: instant, over: Type.Integer({ minimum: 0 }) }),
});
