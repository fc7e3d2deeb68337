import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '@keyward/core';
import { parseMoment, printMoment } from './moment.ts';

test('a moment is a span from now, a date, or a time with its zone', () => {
	const now = Date.UTC(2026, 10, 22);
	assert.equal(parseMoment('30d', now), now + 30 * 86_400_000);
	assert.equal(parseMoment('24 h', now), now + 86_400_000);
	assert.equal(printMoment(parseMoment('2027-01-31', now)), '2027-01-31 00:00:00Z');
	assert.equal(printMoment(parseMoment('2027-01-31T12:00:00+02:00', now)), '2027-01-31 10:00:00Z');
	for (const text of [
		'',
		'soon',
		'30',
		'30 dogs',
		'2027-13-01',
		'2027-02-30',
		'0001-01-01',
		'31.1.2027',
		'2027-01-31T12:00:00',
	])
		assert.throws(() => parseMoment(text, now), Problem, text);
	assert.equal(printMoment(null), '–');
});
