import type { StrictDocument, Value } from './document.ts';
import { list, named } from './written.ts';

/**
 * What a policy may let a program do: operations about one application, that take no second person, that give nobody a right and
 * change no rule. `packages/contract` holds the same set in its `callers`.
 */
export const programOperations = [
	'bom.list',
	'command.list',
	'command.send',
	'device.adopt',
	'device.contain',
	'device.expect',
	'device.list',
	'device.quarantine',
	'device.release',
	'device.show',
	'grant.list',
	'incident.list',
	'key.list',
	'posture.components',
	'reader.list',
	'refusals.list',
	'rollout.start',
	'streams.arrivals',
] as const;

const operationName = (scalar: unknown): string | null => programOperations.find((one) => one === scalar) ?? null;

/** `programs` of a policy: to each reader's name, the operations that it may call. */
export const readPrograms = (document: StrictDocument, value: Value): Map<string, readonly string[]> => {
	const found = new Map<string, readonly string[]>();
	for (const [key, at] of named(document, value) ?? []) {
		const may = list(
			document,
			at,
			`one of the operations that a program may call: ${programOperations.join(', ')}`,
			operationName,
			1,
		);
		if (may !== null) found.set(key, may);
	}
	return found;
};
