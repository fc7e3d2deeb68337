import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseNumber } from './number.ts';
import { parseTime } from './time.ts';

test('times with and without a zone, and seconds', () => {
	const noon = Date.UTC(2012, 5, 8, 12, 0, 0);
	for (const text of [
		'2012-06-08T12:00:00Z',
		'2012-06-08t12:00:00z',
		'2012-06-08 12:00',
		'2012-06-08T12:00:00.000',
		'2012-06-08T14:30:00+02:30',
		'2012-06-08T05:00:00-07:00',
		'1339156800',
	]) {
		assert.equal(parseTime(text), noon, text);
	}
	assert.equal(parseTime('2012-06-08'), Date.UTC(2012, 5, 8));
	assert.equal(parseTime('2012-06-08T12:00:00.1239Z'), noon + 123);
	assert.equal(parseTime('1339156800.5'), noon + 500);
});

test('what is no time is refused rather than carried over', () => {
	for (const text of [
		'',
		'yesterday',
		'2012-02-30T00:00:00Z',
		'2012-13-01',
		'2012-06-08T24:00:00Z',
		'2012-06-08T12:60:00Z',
		'2012-06-08T12:00:00+24:00',
		'2012-6-8',
		'08/06/2012',
		'12',
		'2012-06-08T12:00:00Z ',
	]) {
		assert.throws(() => parseTime(text), { code: 'source-malformed' }, text);
	}
});

test('every instant that is written in RFC 3339 is read back', () => {
	fc.assert(
		fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
			assert.equal(parseTime(date.toISOString()), date.getTime());
		}),
	);
});

test('numbers', () => {
	assert.deepEqual(['1', '-1.5', '+.5', '2.', '1e-6', '1E6'].map(parseNumber), [1, -1.5, 0.5, 2, 1e-6, 1e6]);
	for (const text of ['', ' ', 'NaN', 'Infinity', '1e999', '0x10', '1,5', '1 2', '--1', '.', 'e5']) {
		assert.throws(() => parseNumber(text), { code: 'source-malformed' }, text);
	}
});
