import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missedBetween as counted } from '@keyward/core/observe';
import type { RowState, StreamRow } from './rows.ts';
import {
	countsOf,
	gapsOf,
	isReading,
	isTainted,
	merged,
	missedBetween,
	spansOf,
	stateIs,
	usualPause,
} from './spans.ts';

const row = (position: number, time: number, state: RowState = 'open', ...doubt: 'tainted'[]): StreamRow => ({
	...{ cursor: `0123456789-${position}`, position, time, state, value: 1, unit: 'Cel', doubt },
});

test('a pause longer than usual is a gap, and says how many readings are missing', () => {
	const rows = [0, 1000, 2000, 3000, 9000, 10_000].map((time, index) => row(index + 1, time));
	assert.equal(usualPause(rows), 1000);
	assert.deepEqual(gapsOf(rows, 1000), [{ from: 3000, to: 9000, count: 5 }]);
	assert.equal(usualPause(rows.slice(0, 2)), null);
	assert.deepEqual(gapsOf(rows, null), []);
	for (const time of [0, 1, 1499, 1500, 2499, 2500, 60_000])
		assert.equal(missedBetween(0, time, 1000), counted(0, time, 1000), String(time));
	// By the policy's pace, as the service counts: one reading every five seconds, and none is missing.
	assert.deepEqual(gapsOf(rows, 5000), []);
	assert.deepEqual(gapsOf([row(1, 0), row(2, 1499), row(3, 2999)], 1000), [{ from: 1499, to: 2999, count: 1 }]);
	// Readings of one moment are no pause.
	assert.equal(usualPause([row(1, 0), row(2, 0), row(3, 0)]), null);
});

test('what is true of neighbours is one span; another state, or a gap, ends it', () => {
	const rows = [
		...[row(1, 0, 'signed'), row(2, 1000, 'signed'), row(3, 2000, 'opened')],
		...[row(4, 3000, 'signed', 'tainted'), row(5, 9000, 'signed', 'tainted')],
	];
	assert.deepEqual(spansOf(rows, 1000, stateIs('signed')), [
		{ from: 0, to: 1000, count: 2 },
		{ from: 3000, to: 3000, count: 1 },
		{ from: 9000, to: 9000, count: 1 },
	]);
	assert.deepEqual(spansOf(rows, null, isTainted), [{ from: 3000, to: 9000, count: 2 }]);
	assert.equal([row(1, 0, 'epoch'), row(2, 0, 'checkpoint'), row(3, 0, 'sealed')].filter(isReading).length, 1);
});

test('every reading of a span is counted once, the last moment too', () => {
	const rows = [0, 10, 20, 99, 100].map((time, index) => row(index + 1, time));
	assert.deepEqual(countsOf(rows, 0, 100, 4), [
		[0, 3],
		[25, 0],
		[50, 0],
		[75, 2],
	]);
});

test('rows are kept in order, each once, and the oldest are given up', () => {
	const known = [row(3, 3), row(4, 4)];
	assert.deepEqual(
		merged(known, [row(1, 1), row(2, 2), row(3, 3)], 10).map(({ position }) => position),
		[1, 2, 3, 4],
	);
	assert.deepEqual(
		merged(known, [row(5, 5), row(6, 6)], 3).map(({ position }) => position),
		[4, 5, 6],
	);
	assert.equal(merged(known, [], 1), known);
});
