import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hours, minutes, seconds } from '../units/milliseconds.ts';
import { type Continuity, hear, presenceOf, silenceGrace, standingGaps } from './continuity.ts';
import { sequenceIdentity } from './identity.ts';

const start = Date.UTC(2026, 10, 22);
const every = seconds(10);
const open = (): Continuity => ({ heard: start, newest: Number.NEGATIVE_INFINITY, gaps: [] });

/** Hears readings at these seconds. */
const take = (continuity: Continuity, ...at: readonly number[]): void => {
	for (const second of at) hear(continuity, start + seconds(second), every, start + seconds(second));
};
const missing = ({ gaps }: Continuity): number => gaps.reduce((sum, gap) => sum + gap.missing, 0);

test('every second reading dropped is a gap each time; a little early or late is not', () => {
	const dropped = open();
	take(dropped, 0, 20, 40, 60);
	assert.deepEqual(
		dropped.gaps.map((gap) => [gap.from - start, gap.to - start, gap.missing]),
		[
			[0, 20_000, 1],
			[20_000, 40_000, 1],
			[40_000, 60_000, 1],
		],
	);
	const jitter = open();
	take(jitter, 0, 12, 19, 33, 38, 52);
	assert.deepEqual(jitter.gaps, []);
});

test('what an outbox sends later fills its part of the gap, in any order', () => {
	const continuity = open();
	take(continuity, 0, 60);
	assert.equal(missing(continuity), 5);
	take(continuity, 30);
	assert.equal(missing(continuity), 4);
	take(continuity, 10, 21, 39, 50);
	assert.deepEqual(continuity.gaps, []);
});

test('a gap of sequence is one whatever the time, and is not told across key epochs', () => {
	const continuity = open();
	for (const [epoch, sequence] of [
		[1, 0],
		[1, 1],
		[1, 4],
		[2, 0],
		[2, 1],
	] as const)
		hear(continuity, sequenceIdentity(epoch, sequence), every, start);
	assert.deepEqual(
		continuity.gaps.map(({ missing: count }) => count),
		[2],
	);
});

test('only the latest gaps are kept, and one that nothing fills is shown for an hour', () => {
	const continuity = open();
	take(continuity, ...Array.from({ length: 30 }, (_, index) => index * 20));
	assert.equal(continuity.gaps.length, 8);
	assert.equal(standingGaps(continuity, every, start + seconds(600)).length, 8);
	assert.deepEqual(standingGaps(continuity, every, start + hours(2)), []);
});

test('silence is noticed with half of what the policy allows to spare; a sleeper is asleep first', () => {
	assert.equal(silenceGrace(every, null), seconds(50));
	assert.equal(silenceGrace(every, minutes(1)), seconds(20));
	assert.equal(silenceGrace(hours(1), minutes(1)), seconds(30));
	const at = (span: number, sleeps = 0): string => presenceOf(start, { every }, minutes(1), sleeps, start + span);
	assert.equal(at(seconds(30)), 'heard');
	assert.equal(at(seconds(31)), 'silent');
	assert.equal(at(seconds(31), hours(6)), 'asleep');
	assert.equal(at(hours(6) + seconds(30), hours(6)), 'asleep');
	assert.equal(at(hours(6) + seconds(31), hours(6)), 'silent');
});
