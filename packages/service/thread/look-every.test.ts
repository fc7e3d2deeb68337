import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lookEvery } from './look-every.ts';

test('a look that takes long is alone, what fails is reported, and the end waits for the look under way', async () => {
	const reported: unknown[] = [];
	let [begun, under, most] = [0, 0, 0];
	const twice = Promise.withResolvers<void>();
	const looks = lookEvery(
		1,
		async () => {
			most = Math.max(most, ++under);
			// Longer than the pace, however slow the machine is.
			await new Promise((resolve) => setTimeout(resolve, 20));
			under--;
			if (++begun === 2) twice.resolve();
			throw new Error('failed');
		},
		(error) => reported.push(error),
	);
	await twice.promise;
	await looks.stop();
	assert.deepEqual([most, under], [1, 0]);
	assert.equal(reported.length, begun);
	const ended = begun;
	await new Promise((resolve) => setTimeout(resolve, 20));
	assert.equal(begun, ended);
});

test('without a pace nobody looks by itself', async () => {
	const looks = lookEvery(0, () => assert.fail('looked'), assert.ifError);
	await looks.stop();
});
