import { operationNamed } from '@keyward/contract';
import type { Person, PersonRole } from '@keyward/core/port';

/** Whether a person of this role may call the operation, and so approve it for another. */
export const mayAs = (role: PersonRole, operation: string): boolean =>
	operationNamed(operation)?.callers.some((rule) => rule.kind === 'person' && rule.role === role) ?? false;

/**
 * Who approved, as `callerName` names them, if they still may. CR 2.1 RE(4): of a person who was removed, or lost the role, while they
 * approved or before a crash, an approval may have been kept.
 */
export const approverStill = (
	approver: string | null,
	operation: string,
	people: readonly Pick<Person, 'name' | 'role'>[],
): string | null => {
	if (approver?.startsWith('person ') !== true) return approver;
	const person = people.find(({ name }) => approver === `person ${name}`);
	return person !== undefined && mayAs(person.role, operation) ? approver : null;
};
