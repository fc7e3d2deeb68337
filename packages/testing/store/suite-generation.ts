import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OpenStore, withStore } from './suite-place.ts';

export const generationSuite = (name: string, open: OpenStore): void => {
	test(`${name}: each store is a separate generation, until another begins`, () =>
		withStore(open, (store) =>
			withStore(open, async (other) => {
				const first = await store.generation();
				assert.match(first.id, /^[0-9a-f]{32}$/);
				assert.equal(first.backup, null);
				assert.deepEqual(await store.generation(), first);
				assert.notEqual((await other.generation()).id, first.id);
				const second = await store.beginGeneration(1_700_000_000_000);
				assert.match(second.id, /^[0-9a-f]{32}$/);
				assert.notEqual(second.id, first.id);
				assert.equal(second.backup, 1_700_000_000_000);
				assert.deepEqual(await store.generation(), second);
			}),
		));
};
