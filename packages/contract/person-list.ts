import Type from 'typebox';
import { operation, operator, people } from './operation.ts';
import { role } from './people-shapes.ts';
import { count, exactly, instant } from './shapes.ts';

export const personList = operation('person.list', {
	summary: 'People who may sign in, their roles and passkeys, and links that were not used yet',
	callers: [operator, ...people('owner', 'auditor')],
	safe: true,
	input: exactly({}),
	output: exactly({
		people: Type.Array(
			exactly({
				person: Type.String(),
				role,
				since: instant,
				passkeys: count,
				hardware: Type.Integer({ minimum: 0, description: 'how many of them are in attested hardware' }),
				lastSignIn: instant,
			}),
		),
		invited: Type.Array(exactly({ person: Type.String(), role, expires: instant })),
	}),
});
