import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvHeader, csvRow } from './csv-row.ts';
import { influxLine } from './influx-line.ts';
import { jsonLine } from './json-line.ts';
import { prometheusText } from './prometheus-text.ts';
import type { StreamReading } from './stream-reading.ts';

const air: StreamReading = {
	...{ application: 'hall', device: 'p-1', stream: 'air', cursor: '0123456789-7' },
	...{ time: Date.UTC(2026, 10, 1, 12), value: 21.5, unit: 'Cel' },
};
const hostile = '=1+1,"a"\n\\ b';

test('a line of JSON is the reading with its names, whatever its text', () => {
	for (const value of [21.5, true, hostile]) {
		const line = jsonLine({ ...air, value, doubt: ['time'] });
		assert.equal(line.indexOf('\n'), line.length - 1);
		assert.deepEqual(JSON.parse(line), { ...air, value, doubt: ['time'] });
	}
});

test('a row has the columns of the header; what a device sends is neither a second cell nor a second line nor a formula', () => {
	assert.equal(csvRow(air), '2026-11-01T12:00:00.000Z,hall,p-1,air,21.5,Cel,,0123456789-7\r\n');
	assert.equal(csvRow(air).split(',').length, csvHeader.split(',').length);
	assert.match(csvRow({ ...air, value: -4, doubt: ['stuck', 'rate'] }), /,-4,Cel,stuck rate,/);
	assert.match(csvRow({ ...air, doubt: ['time'], proof: 'opened', stale: true }), /,Cel,time opened expired-roster,/);
	assert.equal(csvRow({ ...air, proof: 'signed' }), csvRow(air));
	assert.match(csvRow({ ...air, alarms: ['ledger-forked'] }), /,Cel,ledger-forked,/);
	assert.match(csvRow({ ...air, value: hostile }), /,"'=1\+1,""a""\\u000a\\ b",Cel,/);
});

test('a line of InfluxDB has a field for each type, its time in nanoseconds, and no way out of a text', () => {
	const head = 'air,application=hall,device=p-1,unit=Cel';
	assert.equal(influxLine(air), `${head} value=21.5 1793534400000000000\n`);
	assert.equal(influxLine({ ...air, value: true, time: 0 }), `${head} state=true 0\n`);
	assert.equal(
		influxLine({ ...air, value: hostile }),
		`${head} text="=1+1,\\"a\\"\\\\u000a\\\\ b" 1793534400000000000\n`,
	);
	assert.match(
		influxLine({ ...air, unit: '', doubt: ['rate'] }),
		/^air,application=hall,device=p-1 value=21.5,doubt="rate" /,
	);
	assert.match(influxLine({ ...air, proof: 'unsigned' }), / value=21.5,doubt="unsigned" /);
	assert.match(influxLine({ ...air, unit: 'a, b=c' }), /,unit=a\\,\\ b\\=c /);
	assert.doesNotMatch(influxLine({ ...air, unit: 'a\nb', value: 'x\r\n\ty' }).trimEnd(), /[\r\n\t]/);
});

test('Prometheus is told the newest value and its time; a text has no number', () => {
	const told = prometheusText([
		air,
		{ ...air, stream: 'on', value: true, unit: '/' },
		{ ...air, stream: 'word', value: 'x' },
	]);
	assert.match(told, /^keyward_reading\{application="hall",device="p-1",stream="air",unit="Cel"\} 21\.5$/m);
	assert.match(told, /^keyward_reading\{application="hall",device="p-1",stream="on",unit="\/"\} 1$/m);
	assert.match(told, /^keyward_reading_time_seconds\{application="hall",device="p-1",stream="air"\} 1793534400$/m);
	assert.doesNotMatch(told, /word|alarm/);
	assert.match(
		prometheusText([{ ...air, value: 'x', alarms: ['ledger-forked'] }]),
		/^keyward_reader_alarm\{application="hall",device="p-1",stream="air",code="ledger-forked"\} 1$/m,
	);
	assert.match(prometheusText([{ ...air, unit: 'a\nb\r' }]), /unit="a\\\\u000ab\\\\u000d"/);
	assert.match(prometheusText([{ ...air, unit: 'a"\\' }]), /unit="a\\"\\\\"/);
});
