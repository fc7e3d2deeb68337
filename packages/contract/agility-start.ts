import { Type } from './type.ts';
import { exercise, keyKind, linkFloor } from './agility-shapes.ts';
import { operation, operator } from './operation.ts';
import { exactly, name } from './shapes.ts';

export const agilityStart = operation('agility.start', {
	summary: 'Asks every device of an application for a new key, another kind of key, or a stricter link, in waves',
	callers: [operator],
	input: exactly({
		application: name,
		over: Type.Integer({
			minimum: 0,
			maximum: 90 * 86_400_000,
			description: 'milliseconds that the waves are spread over',
		}),
		newAuthority: Type.Optional(Type.Boolean({ description: 'make the next generation of its issuing CA first' })),
		kind: Type.Optional({ ...keyKind, description: 'the kind of key that each is to have' }),
		link: Type.Optional({ ...linkFloor, description: 'the least link that each is to take' }),
		replace: Type.Optional(
			Type.Boolean({ description: 'end the exercise under way where it stands: nothing goes back from it any more' }),
		),
	}),
	output: exercise,
});
