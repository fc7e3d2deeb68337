import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '@keyward/core';
import { isUnit } from '@keyward/core/policy';
import { collect } from '@keyward/testing/agent/collect';
import fc from 'fast-check';
import { calibrate, calibrated, type Calibrations, describeCalibration } from './calibration.ts';
import { baseOf, foreignUnits, inOtherUnit } from './foreign-unit.ts';
import type { Sample } from '../sample/source.ts';

test('a calibrated figure has the digits that a sensor gives', () => {
	assert.equal(214 * 0.1, 21.400000000000002);
	assert.equal(calibrate(214, { scale: 0.1 }), 21.4);
	assert.equal(calibrate(214, { scale: 0.1, offset: -0.3 }), 21.1);
	assert.equal(calibrate(-123_456_789.123, {}), -123_456_789.123);
	assert.equal(calibrate(Math.fround(0.1), {}), Math.fround(0.1));
	for (const value of [Infinity, Number.NaN]) assert.throws(() => calibrate(value, {}), { code: 'source-malformed' });
	assert.throws(() => calibrate(1e300, { scale: 1e10 }), { code: 'source-malformed' });
	assert.equal(
		describeCalibration({ scale: 0.1, offset: -0.3, convert: { from: 'degF', to: 'Cel' } }),
		'times 0.1, then minus 0.3, then degF to Cel',
	);
});

test('units of instruments become those of SenML, by their definitions', () => {
	const cases: [number, string, string, number][] = [
		[212, 'degF', 'Cel', 100],
		[-40, 'degF', 'Cel', -40],
		[32, 'degF', 'K', 273.15],
		[300, 'K', 'Cel', 26.85],
		[29.92, 'inHg', 'hPa', 1013.2075888],
		[760, 'mmHg', 'Pa', 101_325.0144354],
		[1013.25, 'mbar', 'hPa', 1013.25],
		[14.5, 'psi', 'Pa', 99_973.980750936],
		[10, 'kn', 'm/s', 5.14444444444444],
		[36, 'km/h', 'm/s', 10],
		[10, 'mph', 'km/h', 16.09344],
		[0.11, 'uSv/h', 'Sv/h', 1.1e-7],
		[60, 'l/min', 'l/s', 1],
		[3.6, 'm3/h', 'm3/s', 0.001],
		[2.5, 'in', 'mm', 63.5],
		[1.5, 'MWh', 'kWh', 1500],
		[400, 'ppb', 'ppm', 0.4],
	];
	for (const [value, from, to, result] of cases) assert.equal(inOtherUnit(value, from, to), result, `${from} to ${to}`);
	assert.equal(inOtherUnit(1, 'degF', 'Pa'), null);
	assert.equal(inOtherUnit(1, 'kWh', 'W'), null);
	for (const unit of foreignUnits) {
		assert(isUnit(baseOf(unit)), unit);
		fc.assert(
			fc.property(fc.integer({ min: -100_000, max: 100_000 }), (value) => {
				const there = inOtherUnit(value, unit, baseOf(unit)) ?? Number.NaN;
				const back = inOtherUnit(there, baseOf(unit), unit) ?? Number.NaN;
				assert(Math.abs(back - value) < 1e-6, `${value} ${unit} came back as ${back}`);
			}),
			{ numRuns: 20 },
		);
	}
});

test('each stream by its own rule; what a rule cannot be for is never a sample', async () => {
	const sample = (stream: string, value: number | string | boolean, unit?: string): Sample => ({
		...{ stream, time: 7, value },
		...(unit === undefined ? {} : { unit }),
	});
	const complaint = new Problem('source-unavailable', 'away');
	const rules: Calibrations = {
		air: { convert: { from: 'degF', to: 'Cel' } },
		level: { scale: 0.001, offset: 2 },
	};
	const source = {
		live: true,
		async *read() {
			yield sample('air', 212);
			yield sample('air', 212, 'degF');
			yield sample('air', 21, 'Cel');
			yield sample('air', 'warm');
			yield complaint;
			yield sample('level', 500, 'm');
			yield sample('level', true, 'm');
			yield sample('toString', 3, 'm');
		},
	};
	const items = await collect(calibrated(source, rules).read(new AbortController().signal));
	assert.deepEqual(
		items.map((item) =>
			item instanceof Problem ? `${item.code} ${item.detail}` : [item.stream, item.time, item.value, item.unit],
		),
		[
			['air', 7, 100, 'Cel'],
			['air', 7, 100, 'Cel'],
			'source-malformed air: the sensor gives Cel, and --convert says degF: correct --convert, or leave it out',
			'source-malformed air: "warm" is no number, and cannot be calibrated (degF to Cel)',
			'source-unavailable away',
			['level', 7, 2.5, 'm'],
			'source-malformed level: true is no number, and cannot be calibrated (times 0.001, then plus 2)',
			['toString', 7, 3, 'm'],
		],
	);
});
