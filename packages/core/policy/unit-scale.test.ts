import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUnit } from './unit.ts';
import { convertUnit, secondaryUnits } from './unit-scale.ts';

test('secondary units are scaled to their primary ones and back (RFC 8798 §3)', () => {
	const table: readonly (readonly [number, string, number, string])[] = [
		[1013.25, 'hPa', 101_325, 'Pa'],
		[36, 'km/h', 10, 'm/s'],
		[45, '/100', 0.45, '/'],
		[400, 'ppm', 0.0004, '/'],
		[1, 'kWh', 3_600_000, 'J'],
		[2.5, 'Wh', 9000, 'J'],
		[30, 'dBm', 0, 'dBW'],
		[12.5, 'ug/m3', 1.25e-8, 'kg/m3'],
		[7, 'Wh/km', 25.2, 'J/m'],
		[1.5, 'min', 90, 's'],
		[1, 'MB/s', 8_000_000, 'bit/s'],
		[3.6, 'mm/h', 1e-6, 'm/s'],
	];
	for (const [value, from, expected, to] of table) {
		assert.equal(convertUnit(value, from, to), expected, `${value} ${from}`);
		assert.equal(convertUnit(expected, to, from), value, `${expected} ${to}`);
	}
	assert.equal(convertUnit(1500, 'Wh', 'kWh'), 1.5);
	assert.equal(convertUnit(0.1, 'mm', 'cm'), 0.01);
});

test('units of other quantities are not converted', () => {
	for (const [from, to] of [
		['Cel', 'K'],
		['W', 'J'],
		['%RH', '/'],
		['Sv', 'Sv/h'],
		['', 'Cel'],
	] as const) {
		assert.equal(convertUnit(1, from, to), null, `${from} ${to}`);
	}
	assert.equal(convertUnit(Number.MAX_VALUE, 'km', 'm'), null);
});

test('every unit of the table is one that a stream may carry', () => {
	assert.equal(secondaryUnits.size, 33);
	for (const symbol of secondaryUnits) {
		assert.ok(isUnit(symbol), symbol);
		assert.ok(!secondaryUnits.has(''), symbol);
	}
});
