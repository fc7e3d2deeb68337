import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { personName, role } from './people-shapes.ts';
import { exactly, instant } from './shapes.ts';

export const personInvite = operation('person.invite', {
	summary: 'Makes a link by which a person registers a passkey, once; replaces an earlier link of theirs',
	callers: [operator, ...people('owner')],
	privileged: 'but-first',
	input: exactly({ person: personName, role }),
	secretAnswer: true,
	output: exactly({
		link: Type.String({ description: 'opens the site; anybody who has it registers as that person' }),
		expires: instant,
	}),
});
