import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { authorityKind, count, exactly, generationState, name } from './shapes.ts';

export const authorityRoll = operation('authority.roll', {
	summary: 'Makes the next generation of a CA of the site; a service CA waits to be activated',
	callers: [operator, ...people('owner')],
	privileged: true,
	input: exactly({
		what: authorityKind,
		application: Type.Optional(name),
		lost: Type.Optional(Type.Boolean({ description: 'the key of the present generation is lost' })),
	}),
	output: exactly({
		generation: count,
		state: generationState,
	}),
});
