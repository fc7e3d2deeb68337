import { operation, operator, people } from './operation.ts';
import { personName, role } from './people-shapes.ts';
import { exactly } from './shapes.ts';

export const personRole = operation('person.role', {
	summary: 'Gives a person another role, from their next call on',
	callers: [operator, ...people('owner')],
	privileged: true,
	input: exactly({ person: personName, role }),
	output: exactly({ person: personName, role }),
});
