import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { count, exactly } from './shapes.ts';

export const authorityActivate = operation('authority.activate', {
	summary: 'Makes the announced service CA the one that the service shows',
	callers: [operator, ...people('owner')],
	privileged: true,
	input: exactly({ force: Type.Optional(Type.Boolean()) }),
	output: exactly({ generation: count }),
});
