import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runPlanted } from '@keyward/testing/faults/run-planted';

// `npm run soak` runs the whole year, with a seed of the day's choice.

test('one reading in a hundred is faulty: each fault is refused, complained about or marked with its true reason, and no good one is lost', async (t) => {
	for (const outcome of await runPlanted(t, { seed: 16, sentences: 1500, rows: 600, rate: 0.03 })) {
		assert.deepEqual(outcome.wrong, [], outcome.name);
		assert.ok(Object.keys(outcome.planted).length >= 5, `${outcome.name}: ${JSON.stringify(outcome.planted)}`);
		assert.equal(outcome.falselySuspected, 0, outcome.name);
	}
});
