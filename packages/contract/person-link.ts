import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { personName, role } from './people-shapes.ts';
import { exactly } from './shapes.ts';

export const personLink = operation('person.link', {
	summary: 'Lets a person sign in by an issuer of the site file, who is known there by a subject or a verified address',
	callers: [operator, ...people('owner')],
	privileged: 'but-first',
	input: exactly({
		person: personName,
		role,
		issuer: Type.String({ pattern: '^[a-z0-9-]{1,32}$', description: 'its name in the site file' }),
		subject: Type.Optional(
			Type.String({ minLength: 1, maxLength: 255, description: 'what the issuer calls them for ever (sub)' }),
		),
		email: Type.Optional(
			Type.String({
				pattern: '^[^\\s@]{1,64}@[^\\s@]{1,190}$',
				description: 'until the first sign-in, whose subject counts from then on; verified by the issuer',
			}),
		),
	}),
	output: exactly({ person: Type.String(), role, issuer: Type.String({ description: 'its address' }) }),
});
