import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OpenStore, withStore } from './suite-place.ts';

export const dataKeySuite = (name: string, open: OpenStore): void => {
	test(`${name}: data keys are kept under numbers that are never given again, and destroyed by device`, () =>
		withStore(open, async (store) => {
			assert.equal(await store.allEncrypted(), true, 'there is no reading');
			const key = (application: string, device: string | null, day: number | null) => ({
				...{ application, device, day },
				wrapped: Uint8Array.from(`${application} ${device} ${day}`, (letter) => letter.charCodeAt(0)),
			});
			const keys = [key('hall', null, 1), key('hall', 'a', null), key('weather', 'a', null), key('hall', null, 2)];
			const numbers: number[] = [];
			for (const one of keys) numbers.push(await store.addDataKey(one));
			assert.equal(new Set(numbers).size, 4);
			assert.deepEqual(
				await store.dataKeys(),
				keys.map((one, index) => ({ number: numbers[index], ...one })),
			);
			assert.equal(await store.destroyDataKeys('hall', 'nobody'), 0);
			assert.equal(await store.destroyDataKeys('hall', 'a'), 1);
			const left = (await store.dataKeys()).map(({ number }) => number);
			assert.deepEqual(left, [numbers[0], numbers[2], numbers[3]]);
			const again = await store.addDataKey(key('hall', 'a', null));
			assert.equal(numbers.includes(again), false);
		}));
};
