import { operation, operator, people } from './operation.ts';
import { personName } from './people-shapes.ts';
import { count, exactly, sentence } from './shapes.ts';

export const personRemove = operation('person.remove', {
	summary: 'Removes a person with passkeys and link, and ends their sessions',
	callers: [operator, ...people('owner')],
	input: exactly({ person: personName, reason: sentence }),
	output: exactly({ ended: count }),
});
