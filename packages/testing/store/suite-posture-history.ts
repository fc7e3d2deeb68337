import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PostureChange } from '@keyward/core/policy';
import { type OpenStore, withStore } from './suite-place.ts';

const change = (at: number, application = 'hall'): PostureChange => ({
	...{ application, objective: 'integrity', required: 3, held: 1, at, cause: null },
	from: { required: 3, held: 3, cause: null },
});

export const postureHistorySuite = (name: string, open: OpenStore): void => {
	test(`${name}: changes of posture are kept for as long and as many as was said, and the last of each for good`, () =>
		withStore(open, async (store) => {
			await store.addPostureChanges([change(10), change(20), change(15, 'roof')], 0, 3);
			assert.deepEqual(await store.postureChanges('hall', 0, 9), [change(10), change(20)]);
			assert.deepEqual(await store.postureChanges(undefined, 15, 9), [change(20), change(15, 'roof')]);
			assert.deepEqual(await store.postureChanges(undefined, 0, 1), [change(15, 'roof')]);
			await store.addPostureChanges([change(30), change(40)], 0, 3);
			assert.deepEqual(await store.postureChanges('hall', 0, 9), [change(20), change(30), change(40)]);
			assert.deepEqual(await store.postureChanges('roof', 0, 9), [change(15, 'roof')]);
			await store.addPostureChanges([change(50)], 30, 3);
			assert.deepEqual(await store.postureChanges(undefined, 0, 9), [change(30), change(40), change(50)]);
			const last = await store.lastPostureChanges();
			assert.deepEqual(
				last.toSorted((a, b) => a.at - b.at),
				[change(15, 'roof'), change(50)],
			);
		}));
};
