import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamTerms } from '../policy/policy.ts';
import { hours, minutes, seconds } from '../units/milliseconds.ts';
import { doubtsOf } from './doubt.ts';
import { judgeValue, openWatch, suspicionTerms } from './suspicion.ts';

const terms = (unit: string, every: number, more: Partial<StreamTerms> = {}): StreamTerms => ({
	name: 'air',
	unit,
	every,
	readers: [],
	essential: false,
	...more,
});

/** What is doubted of values that come `every` so long. */
const doubts = (values: readonly number[], stream: StreamTerms): string[] => {
	const watch = openWatch(suspicionTerms(stream));
	return values.map((value, at) => doubtsOf(judgeValue(watch, at * stream.every, value)).join(' '));
};

const air = terms('Cel', minutes(1));

test('a spike is doubted, and what comes after it is not', () => {
	assert.deepEqual(doubts([20, 20.1, 85, 20.2, -127, 20.1], air), ['', '', 'rate', '', 'rate', '']);
});

test('a change that stays is doubted at first and then taken', () => {
	assert.deepEqual(doubts([20, 80, 80.5, 81, 82, 81], air), ['', 'rate', 'rate', '', '', '']);
	// Values that leap about never settle.
	assert.deepEqual(doubts([20, 80, -50, 80, -50, 21], air), ['', 'rate', 'rate', 'rate', 'rate', '']);
});

test('a change over a long time is no suspicion', () => {
	assert.deepEqual(doubts([0, 30], terms('Cel', hours(2))), ['', '']);
	assert.deepEqual(doubts([0, 26], terms('Cel', hours(1))), ['', 'rate']);
});

test('a value is stuck after so many in a row, and until it moves', () => {
	const stream = terms('Cel', minutes(1), { stuckAfter: 3 });
	assert.deepEqual(doubts([1, 1, 1, 1, 2, 2, 2, 1], stream), ['', '', 'stuck', 'stuck', '', '', 'stuck', '']);
});

test('by the quantity, where the policy does not say', () => {
	assert.deepEqual(suspicionTerms(terms('1/min', seconds(5))), { stuckAfter: 60, largestChange: null });
	assert.deepEqual(suspicionTerms(terms('Sv/h', seconds(1))), { stuckAfter: 300, largestChange: null });
	assert.deepEqual(suspicionTerms(terms('Cel', hours(1))), {
		stuckAfter: 24,
		largestChange: { most: 25, within: hours(1) },
	});
	for (const unit of ['kWh', 'count', '/', 'm/s', 'V']) {
		assert.deepEqual(suspicionTerms(terms(unit, 1000)), { stuckAfter: null, largestChange: null }, unit);
	}
	assert.deepEqual(suspicionTerms(terms('Cel', 1000, { stuckAfter: null, largestChange: null })), {
		stuckAfter: null,
		largestChange: null,
	});
});

test('a reading older than the last is not judged, and changes nothing', () => {
	const watch = openWatch(suspicionTerms(air));
	judgeValue(watch, 600_000, 20);
	assert.equal(judgeValue(watch, 540_000, 85), 0);
	assert.equal(judgeValue(watch, 660_000, 20), 0);
	assert.equal(watch.same, 2);
});
