import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isUnit, units } from './unit.ts';
import { doubtfulUnit, unitHint } from './unit-hint.ts';

test('what people write leads to the right unit', () => {
	const meant: Readonly<Record<string, string>> = {
		'°C': 'Cel',
		ºC: 'Cel',
		degC: 'Cel',
		celsius: 'Cel',
		percent: '/100',
		bool: '/',
		'%rh': '%RH',
		'µg/m³': 'ug/m3',
		'μg/m3': 'ug/m3',
		mbar: 'hPa',
		cpm: '1/min',
		kwh: 'kWh',
		'm³': 'm3',
		'Sv/hr': 'Sv/h',
		Lux: 'lx',
		Ω: 'Ohm',
	};
	for (const [written, symbol] of Object.entries(meant)) {
		assert.ok(!isUnit(written), written);
		assert.equal(unitHint(written), `; did you mean ${JSON.stringify(symbol)}?`, written);
	}
});

test('a unit that SenML lacks gets the conversion, and nonsense the list', () => {
	assert.match(unitHint('°F'), /Cel, \(F - 32\) \/ 1\.8/);
	assert.match(unitHint('µSv/h'), /Sv\/h, the value divided by 1,000,000/);
	assert.match(unitHint('furlongs'), /docs\/language\.md/);
	assert.match(unitHint('x'.repeat(5000)), /docs\/language\.md/);
});

test('every unit that a hint proposes is a unit', () => {
	for (const written of ['kelvin', 'pct', 'rpm', 'ohms', 'lng', 'ph', 'dba', 'kph', 'hr', 'kgs', 'mps', 'gray']) {
		const [, symbol = ''] = /did you mean "(.+)"\?/.exec(unitHint(written)) ?? [];
		assert.ok(isUnit(symbol), `${written}: ${unitHint(written)}`);
	}
});

test('coulomb and farad are doubted for a temperature alone', () => {
	assert.match(doubtfulUnit('temperature', 'C') ?? '', /coulomb.*Cel/);
	assert.match(doubtfulUnit('room-temp', 'F') ?? '', /farad/);
	assert.equal(doubtfulUnit('charge', 'C'), null);
	assert.equal(doubtfulUnit('capacity', 'F'), null);
	assert.equal(doubtfulUnit('temperature', 'Cel'), null);
	assert.equal(doubtfulUnit('attempts', 'C'), null);
	for (const stream of ['dewpoint', 'dew-point', 'air', 'water', 'outdoor', 'indoor-2', 'room', 'soil-1'])
		assert.match(doubtfulUnit(stream, 'C') ?? '', /coulomb.*Cel/, stream);
	assert.match(doubtfulUnit('air', 'F') ?? '', /farad/);
	for (const stream of ['soil-capacitance', 'airflow', 'stairs', 'battery-charge'])
		assert.equal(doubtfulUnit(stream, 'F'), null, stream);
});

test('docs/language.md lists every unit, and no other, by quantity', () => {
	const text = readFileSync(new URL('../../../docs/language.md', import.meta.url), 'utf8');
	const section = text.split('### Units by quantity')[1]?.split('\n### ')[0] ?? '';
	const listed = [...section.matchAll(/^\|[^|]+\|([^|]+)\|$/gm)].flatMap(([, cells = '']) =>
		[...cells.matchAll(/`([^`]+)`/g)].map(([, symbol = '']) => symbol),
	);
	assert.deepEqual(listed.toSorted(), [...units].toSorted());
});
