import assert from 'node:assert/strict';
import { test } from 'node:test';
import { programOperations } from '@keyward/core/policy';
import type { Operation } from './operation.ts';
import { operations } from './operations.ts';

test('what a policy may let a program do is what the operations take programs for: about one application, by one alone', () => {
	const all: readonly Operation[] = Object.values(operations);
	const taken = all.filter(({ callers }) =>
		callers.some((rule) => rule.kind === 'certificate' && rule.role === 'program'),
	);
	assert.deepEqual(taken.map(({ name }) => name).toSorted(), programOperations.toSorted());
	for (const { name, privileged, reads, input } of taken) {
		assert.deepEqual([privileged, reads], [undefined, undefined], name);
		const properties: unknown = 'properties' in input ? input.properties : null;
		assert.ok(typeof properties === 'object' && properties !== null && 'application' in properties, name);
	}
});
