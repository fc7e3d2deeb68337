import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days, seconds } from '../units/milliseconds.ts';
import { openPace, paceMultiple, takeOne } from './pace.ts';

const start = 1_795_000_000_000;
const every = seconds(10);

/** How many of `wanted` readings are taken at the moment. */
const taken = (pace: ReturnType<typeof openPace>, now: number, wanted: number): number => {
	let count = 0;
	for (let one = 0; one < wanted; one++) if (takeOne(pace, now)) count++;
	return count;
};

test('a stream that sends without end gets a burst, and then a multiple of its pace', () => {
	const pace = openPace(every, start, start);
	const first = taken(pace, start, 20_000);
	assert.equal(first, 10_000);
	assert.equal(taken(pace, start, 10), 0);
	assert.equal(taken(pace, start + every * 100, 20_000), paceMultiple * 100);
	// A clock that was ahead, and is set right, gives nothing and takes nothing: from there on the pace goes on.
	assert.equal(taken(pace, start, 10), 0);
	assert.equal(taken(pace, start + every * 3, 100), paceMultiple * 3);
});

test('an outbox of weeks is taken at once', () => {
	const away = days(21);
	assert.ok(taken(openPace(every, start - away, start), start, away / every) === away / every);
	// Also when the service ran all the time.
	const pace = openPace(every, start, start);
	taken(pace, start, 10_000);
	assert.equal(taken(pace, start + away, away / every), away / every);
});

test('a device that was never heard of has no more than a month of credit', () => {
	const pace = openPace(every, Number.NEGATIVE_INFINITY, start);
	const most = (days(30) * paceMultiple) / every;
	assert.equal(pace.credit, most);
	pace.credit = 0;
	assert.equal(taken(pace, start + days(400), most + 10), most);
});

test('where the policy asks nothing of it there is no bound', () => {
	assert.equal(taken(openPace(null, start, start), start, 50_000), 50_000);
});
