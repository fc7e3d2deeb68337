import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditEntry } from '@keyward/core/port';
import { type OpenStore, withStore } from './suite-place.ts';

const call = (at: number, application: string | null = 'hall') => ({
	...{ at, who: 'operator', operation: 'device.expect', application, input: '{"device":"probe-1"}' },
});
const numbers = (entries: readonly AuditEntry[]): number[] => entries.map(({ number }) => number);

export const auditSuite = (name: string, open: OpenStore): void => {
	test(`${name}: an action is there before it is done, ends once, and is listed newest first`, () =>
		withStore(open, async (store) => {
			const first = await store.beginAction(call(10));
			const second = await store.beginAction(call(20, 'shed'));
			const third = await store.beginAction(call(30, null));
			assert.deepEqual([second - first, third - second], [1, 1]);
			await store.endAction(second, 25, 'done');
			await store.endAction(second, 26, 'device-exists');
			const all = await store.actions({ limit: 10 });
			assert.deepEqual(all, [
				{ ...call(30, null), number: third, ended: null },
				{ ...call(20, 'shed'), number: second, ended: { at: 25, result: 'done' } },
				{ ...call(10), number: first, ended: null },
			]);
			assert.deepEqual(numbers(await store.actions({ limit: 10, application: 'hall' })), [third, first]);
			assert.deepEqual(numbers(await store.actions({ limit: 10, since: 20 })), [third, second]);
			assert.deepEqual(numbers(await store.actions({ limit: 1, before: third })), [second]);
			assert.equal(await store.forgetActions(25), 2);
			assert.deepEqual(numbers(await store.actions({ limit: 10 })), [third]);
			assert.equal(await store.forgetActions(31), 1);
			// A number that was forgotten is not given again.
			assert.equal(await store.beginAction(call(40)), third + 1);
		}));
};
