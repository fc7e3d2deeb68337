import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseNumber } from './number.ts';
import { momentOf, parseTime } from './time.ts';
import { parseTimeFormat } from './time-format.ts';
import { parseZone, utc } from './zone.ts';

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
		assert.equal(parseTime(text, utc), noon, text);
	}
	assert.equal(parseTime('2012-06-08', utc), Date.UTC(2012, 5, 8));
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
		assert.throws(() => parseTime(text, utc), { code: 'source-malformed' }, text);
	}
});

test('a time without an offset is of the zone that is named, or none', () => {
	for (const text of ['2012-06-08T12:00:00', '2012-06-08 12:00', '2012-06-08'])
		assert.throws(() => parseTime(text), { detail: /does not say its offset from UTC: name its zone with --zone/ });
	assert.throws(() => momentOf('2012-06-08 12:00'), { code: 'source-malformed' });
	const at = (text: string, zone: string): string => new Date(parseTime(text, parseZone(zone))).toISOString();
	for (const [text, zone, moment] of [
		['2012-06-08T12:00', '+02:30', '2012-06-08T09:30:00.000Z'],
		['2012-06-08T12:00', '-0700', '2012-06-08T19:00:00.000Z'],
		['2012-06-08T12:00', 'utc', '2012-06-08T12:00:00.000Z'],
		['2012-06-08T12:00:00.25', 'Europe/Berlin', '2012-06-08T10:00:00.250Z'],
		['2012-01-08', 'America/Los_Angeles', '2012-01-08T08:00:00.000Z'],
		// What says its offset keeps it.
		['2012-06-08T12:00+09:00', 'Europe/Berlin', '2012-06-08T03:00:00.000Z'],
		['2012-03-25T01:59:59', 'Europe/Berlin', '2012-03-25T00:59:59.000Z'],
		['2012-03-25T03:00:00', 'Europe/Berlin', '2012-03-25T01:00:00.000Z'],
		['2012-10-28T01:59:59', 'Europe/Berlin', '2012-10-27T23:59:59.000Z'],
		['2012-10-28T03:00:00', 'Europe/Berlin', '2012-10-28T02:00:00.000Z'],
	] as const)
		assert.equal(at(text, zone), moment, `${text} ${zone}`);
	assert.throws(() => at('2012-03-25T02:30', 'Europe/Berlin'), { detail: /set ahead over it/ });
	assert.throws(() => at('2012-10-28T02:30', 'Europe/Berlin'), { detail: /two moments/ });
	for (const zone of ['', 'CST', 'Berlin', 'Europe/Nowhere', '+24:00', '+2', '02:00'])
		assert.throws(() => parseZone(zone), { code: 'source-malformed', detail: /is no zone/ }, zone);
});

test('times as lists write them, by the form that is named', () => {
	const at = (form: string, text: string, zone: string | null = 'UTC'): string =>
		new Date(parseTimeFormat(form)(text, zone === null ? null : parseZone(zone))).toISOString();
	for (const [form, text, moment] of [
		['DD.MM.YYYY HH:mm:ss', '07.11.2026 10:20:30', '2026-11-07T10:20:30.000Z'],
		['DD.MM.YYYY HH:mm', '7.3.2026  9:05', '2026-03-07T09:05:00.000Z'],
		['MM/DD/YYYY hh:mm AM', '3/4/2026 12:05 am', '2026-03-04T00:05:00.000Z'],
		['MM/DD/YYYY hh:mm AM', '3/4/2026 12:05 PM', '2026-03-04T12:05:00.000Z'],
		['YY/MM/DD HH:mm:ss', '26/03/04 01:02:03,5', '2026-03-04T01:02:03.500Z'],
		['YYYYMMDD HHmmss', '20260304 010203', '2026-03-04T01:02:03.000Z'],
		['YYYY-MM-DD', '2026-03-04', '2026-03-04T00:00:00.000Z'],
	] as const)
		assert.equal(at(form, text), moment, text);
	assert.equal(at('DD.MM.YYYY HH:mm', '07.06.2026 10:00', 'Europe/Berlin'), '2026-06-07T08:00:00.000Z');
	assert.throws(() => at('DD.MM.YYYY', '07.11.2026', null), { detail: /name its zone with --zone/ });
	for (const text of [
		'31.06.2026 10:00',
		'07.13.2026 10:00',
		'07.11.2026 24:00',
		'07.11.2026 10:60',
		'7/11/2026 10:00',
		'',
		'07.11.2026',
	])
		assert.throws(() => at('DD.MM.YYYY HH:mm', text), { code: 'source-malformed', detail: /in the form DD/ }, text);
	assert.throws(() => at('MM/DD/YYYY hh:mm AM', '3/4/2026 13:05 PM'), { code: 'source-malformed' });
	for (const form of ['', 'DD.MM', 'DD.MM.YYYY hh:mm', 'DD.MM.YYYY DD', 'HH:mm AM DD.MM.YYYY'])
		assert.throws(() => parseTimeFormat(form), { code: 'source-malformed', detail: /is no form of a time/ }, form);
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
