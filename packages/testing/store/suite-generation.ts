import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OpenStore, withStore } from './suite-place.ts';

export const generationSuite = (name: string, open: OpenStore): void => {
	test(`${name}: each store is a generation of its own, until another begins`, () =>
		withStore(open, (store) =>
			withStore(open, async (other) => {
				const first = await store.generation();
				assert.match(first, /^[0-9a-f]{32}$/);
				assert.equal(await store.generation(), first);
				assert.notEqual(await other.generation(), first);
				const second = await store.beginGeneration();
				assert.match(second, /^[0-9a-f]{32}$/);
				assert.notEqual(second, first);
				assert.equal(await store.generation(), second);
			}),
		));
};
