import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem, statusOf } from '@keyward/core';
import { retryAfter } from './failure.ts';
import { createRate } from './rate.ts';

test('a peer asks as often as it may, and another is not held up by it', () => {
	let now = 0;
	const rate = createRate({ perSecond: 10, atOnce: 3 }, () => now);
	const isTaken = (peer: string): boolean => {
		try {
			rate(peer);
			return true;
		} catch (error) {
			assert.ok(error instanceof Problem);
			assert.deepEqual([error.code, statusOf(error.code), retryAfter(error.code)], ['request-too-often', 429, 1]);
			return false;
		}
	};
	assert.deepEqual(
		[1, 2, 3, 4].map(() => isTaken('a')),
		[true, true, true, false],
	);
	assert.equal(isTaken('b'), true);
	now += 100;
	assert.deepEqual([isTaken('a'), isTaken('a')], [true, false]);
	// Back to what it may have at once, and no more.
	now += 1_000_000;
	assert.deepEqual(
		[1, 2, 3, 4].map(() => isTaken('a')),
		[true, true, true, false],
	);
	// A clock that is set back gives nothing.
	now -= 500;
	assert.equal(isTaken('a'), false);
});

test('the peers that are remembered are bounded, and the one that asked longest ago is forgotten first', () => {
	const rate = createRate({ perSecond: 1, atOnce: 1 }, () => 0);
	rate('busy');
	for (let peer = 0; peer < 4095; peer++) rate(String(peer));
	assert.throws(() => rate('busy'));
	rate('one more');
	assert.throws(() => rate('busy'), 'it was the last that asked');
	rate('0');
});
