import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '@keyward/core';
import { distinctTimes } from './distinct-times.ts';
import { poll } from './poll.ts';

test('times of one stream differ, and a clock that was set back is followed', () => {
	let now = 10_000;
	const timeOf = distinctTimes({ now: () => now });
	assert.deepEqual([timeOf('a'), timeOf('a'), timeOf('b'), timeOf('a')], [10_000, 10_001, 10_000, 10_002]);
	now = 9_999;
	assert.equal(timeOf('a'), 10_003);
	now = 5000;
	assert.deepEqual([timeOf('a'), timeOf('a')], [5000, 5001]);
});

test('the beat is kept; a round that takes too long lets beats pass; being aborted is an end', async () => {
	const stop = new AbortController();
	const starts: number[] = [];
	const begin = performance.now();
	const round = async function* () {
		starts.push(performance.now() - begin);
		if (starts.length === 3) await sleep(130);
		yield { stream: 'a', value: starts.length };
	};
	let count = 0;
	for await (const item of poll({ every: 50, clock: { now: () => 0 } }, round, stop.signal)) {
		count += 1;
		assert(!(item instanceof Problem));
		assert.equal(item.value, count);
		if (count === 6) stop.abort();
	}
	starts.forEach((at, index) => assert(at >= index * 50 - 2, starts.join(' ')));
	// The third round began at the beat of 100 ms or later and took 130 ms more.
	assert((starts[3] ?? 0) >= 248, starts.join(' '));
	assert.equal(count, 6);
});
