import { personSteps } from '@keyward/core/port';
import { Type } from './type.ts';
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
				identities: Type.Array(
					exactly({
						issuer: Type.String(),
						subject: Type.Union([Type.String(), Type.Null()]),
						email: Type.Union([Type.String(), Type.Null()]),
						step: Type.Union([Type.Enum([...personSteps]), Type.Null()], {
							description: 'what the last sign-in there proved; null before the first',
						}),
					}),
				),
				lastSignIn: instant,
			}),
		),
		invited: Type.Array(exactly({ person: Type.String(), role, expires: instant })),
	}),
});
