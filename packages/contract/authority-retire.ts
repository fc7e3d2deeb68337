import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { authorityKind, count, exactly, name, nothing } from './shapes.ts';

export const authorityRetire = operation('authority.retire', {
	summary: 'Ends a generation of a CA that does not sign any more, and destroys its key',
	callers: [operator, ...people('owner')],
	privileged: true,
	input: exactly({
		what: authorityKind,
		application: Type.Optional(name),
		generation: count,
		force: Type.Optional(Type.Boolean()),
	}),
	output: nothing,
});
