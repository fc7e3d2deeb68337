import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writtenInstant } from './written-instant.ts';

test('a date and time with its offset is the moment that was written', () => {
	for (const [text, same] of [
		['2026-11-27', '2026-11-27T00:00:00.000Z'],
		['2026-11-27T09:00Z', '2026-11-27T09:00:00.000Z'],
		['2026-11-27t09:00:01.2509z', '2026-11-27T09:00:01.250Z'],
		['2026-11-27 10:30:00+01:30', '2026-11-27T09:00:00.000Z'],
		['2026-12-31T23:00:00-0200', '2027-01-01T01:00:00.000Z'],
		['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
		['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
	] as const) {
		const at = writtenInstant(text);
		assert.ok(at !== null, text);
		assert.equal(new Date(at).toISOString(), same, text);
	}
});

test('a date that no calendar has is no other day, and a local time is no moment', () => {
	for (const text of [
		...['2026-02-30T10:00:00Z', '2026-02-29', '2026-04-31', '2026-13-01', '2026-00-10', '2026-01-00', '1900-02-29'],
		...['2026-11-27T24:00:00Z', '2026-11-27T09:60:00Z', '2026-11-27T23:59:60Z', '2026-11-27T09:00:00+24:00'],
		...['2026-11-27T09:00:00', '2026-11-27T09Z', '27.11.2026', '+02026-11-27', ' 2026-11-27', '2026-11-27Z', ''],
	])
		assert.equal(writtenInstant(text), null, text);
});
