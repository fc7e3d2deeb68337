import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Problem } from '../problem/problem.ts';
import { days, hours } from '../units/milliseconds.ts';
import { asked, countAtLeast, type Scale, spanAtMost, steps } from './scale.ts';

const span = spanAtMost();
const rare = spanAtMost('each reading');
const step = steps('lax', 'firm', 'strict');

test('a smaller span is stricter, and good enough for a larger', () => {
	assert.ok(span.compare(hours(1), days(1)) > 0);
	assert.ok(span.satisfies(hours(1), days(1)));
	assert.ok(span.satisfies(days(1), days(1)));
	assert.ok(!span.satisfies(days(1) + 1, days(1)));
});

test('a larger count is stricter', () => {
	assert.ok(countAtLeast.compare(3, 2) > 0);
	assert.ok(countAtLeast.satisfies(3, 2));
	assert.ok(!countAtLeast.satisfies(1, 2));
});

test('a later step is stricter', () => {
	assert.ok(step.compare('strict', 'lax') > 0);
	assert.equal(step.compare('firm', 'firm'), 0);
	assert.ok(step.satisfies('strict', 'firm'));
	assert.ok(!step.satisfies('lax', 'firm'));
});

test('what is off the scale satisfies nothing', () => {
	for (const [scale, value] of [
		[span, 'none'],
		[span, true],
		[span, Number.NaN],
		[countAtLeast, 'three'],
		[step, 'tls1.2'],
		[step, 2],
		[asked, 'shared with gamma-2'],
		[asked, 1],
	] as const) {
		const ask = { 'at-most': days(1), 'at-least': 1, steps: 'lax', asked: true }[scale.kind] as string | number | true;
		assert.equal(scale.satisfies(value, ask), false, `${scale.kind} ${String(value)}`);
	}
});

test('a policy may write values in its words and no others', () => {
	const good: [Scale, unknown, unknown][] = [
		[span, '24h', hours(24)],
		[span, '90 d', days(90)],
		[rare, 'each reading', 0],
		[countAtLeast, 2, 2],
		[step, 'firm', 'firm'],
		[steps('112', '128'), 128, '128'],
		[asked, true, true],
	];
	for (const [scale, written, value] of good) assert.equal(scale.parse(written), value);
	const bad: [Scale, unknown][] = [
		[span, 24],
		[span, '24'],
		[span, '0s'],
		[span, '-1h'],
		[span, '1.5h'],
		[span, '101y'],
		[span, 'each reading'],
		[span, null],
		[countAtLeast, 0],
		[countAtLeast, 1.5],
		[countAtLeast, '2'],
		[step, 'frim'],
		[step, true],
		[asked, false],
		[asked, 'true'],
	];
	for (const [scale, written] of bad) {
		assert.throws(
			() => scale.parse(written),
			(error) => error instanceof Problem && error.code === 'policy-bad-value',
			`${scale.kind} ${String(written)}`,
		);
	}
	assert.throws(() => step.parse('frim'), /did you mean "firm"/);
});

test('a printed span reads back as the same', () => {
	fc.assert(
		fc.property(fc.integer({ min: 1, max: days(365 * 100) }), (value) => {
			assert.equal(span.parse(span.print(value)), value);
		}),
	);
	assert.equal(rare.parse(rare.print(0)), 0);
	assert.equal(span.print(hours(36)), '36 h');
});
