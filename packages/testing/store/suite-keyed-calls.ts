import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyedCall } from '@keyward/core/port';
import { type OpenStore, withStore } from './suite-place.ts';

const call = (id: string): KeyedCall => ({
	...{ id, who: 'person anna', operation: 'grant.add', fingerprint: `f-${id}`, at: 10, ended: null, answer: null },
});

export const keyedCallSuite = (name: string, open: OpenStore): void => {
	test(`${name}: a call with an idempotency key is kept before and after it is done, in its place, and forgotten`, () =>
		withStore(open, async (store) => {
			for (const id of ['a', 'b', 'c']) await store.putKeyedCall(call(id), []);
			const done = { ...call('a'), ended: 12, answer: '{}' };
			await store.putKeyedCall(done, ['b', 'absent']);
			assert.deepEqual(await store.keyedCalls(), [done, call('c')]);
			await store.dropKeyedCalls(['a', 'absent']);
			assert.deepEqual(await store.keyedCalls(), [call('c')]);
		}));
};
