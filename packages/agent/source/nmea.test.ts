import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '@keyward/core';
import { nmeaLines, type NmeaStream, parseNmeaField } from './nmea.ts';

const streamsOf = (map: Readonly<Record<string, string>>): Record<string, NmeaStream> =>
	Object.fromEntries(Object.entries(map).map(([stream, text]) => [stream, parseNmeaField(text)]));

const read = (map: Readonly<Record<string, string>>, lines: readonly string[]): string[] => {
	const reader = nmeaLines(streamsOf(map), { now: () => 1000 });
	return lines.flatMap((text, index) =>
		[...reader({ text, number: index + 1 })].map((item) =>
			item instanceof Problem ? `${item.code} ${item.detail}` : `${item.stream} ${item.time} ${String(item.value)}`,
		),
	);
};

/** With its checksum, computed beside the code under test. */
const sentence = (body: string): string => {
	let sum = 0;
	for (const letter of body) sum ^= letter.charCodeAt(0);
	return `$${body}*${sum.toString(16).toUpperCase().padStart(2, '0')}`;
};

test('fields of sentences, of one talker or any, where others say so', () => {
	// From the documents of their manufacturers, checksums included.
	const published = ['$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47', '$WIMWV,214.8,R,0.1,K,A*28'];
	assert.deepEqual(read({ altitude: 'GGA:9', wind: 'WIMWV:3,2=R' }, published), [
		'altitude 1000 545.4',
		'wind 1000 0.1',
	]);
	const wind = { wind: 'MWV:3,2=T,4=M' };
	assert.deepEqual(read(wind, [sentence('WIMWV,214,T,5.5,M,A'), sentence('WIMWV,214,R,6.5,M,A')]), ['wind 1000 5.5']);
	const air = { air: 'XDR:2,4=TEMP', press: 'XDR:6,8=P1' };
	assert.deepEqual(read(air, [sentence('YXXDR,C,21.5,C,TEMP,P,1.013,B,P1')]), ['air 1000 21.5', 'press 1000 1.013']);
});

test('a garbled, void, empty or short sentence is no reading', () => {
	const map = { wind: 'MWV:3' };
	const cases: [string, RegExp][] = [
		['$WIMWV,214.8,R,9.1,K,A*28', /^sentence-checksum line 1: the checksum is 21, the sentence says 28/],
		['$WIMWV,214.8,R,0.1,K,A', /^sentence-malformed line 1: not a whole NMEA sentence/],
		['MWV,214.8,R,0.1,K,A*28', /^sentence-malformed/],
		['0.1', /^sentence-malformed/],
		[sentence('WIMWV,214.8,R,0.1,K,V'), /^sentence-void line 1: wind: the instrument marks WIMWV as void/],
		[sentence('WIMWV,214.8,R,,K,A'), /^source-no-value line 1: wind: field 3 of WIMWV is empty/],
		[sentence('WIMWV,214.8'), /^sentence-malformed line 1: wind: WIMWV has no field 3/],
		[sentence('WIMWV,214.8,R,x,K,A'), /^sentence-malformed line 1: wind: "x" is not a number/],
	];
	for (const [text, said] of cases) {
		const [only = '', ...more] = read(map, [text]);
		assert.deepEqual(more, []);
		assert.match(only, said, text);
	}
	assert.deepEqual(read(map, ['', sentence('GPRMC,1,A')]), []);
});

test('a figure in another unit than the declared one is no reading, and one without a declared unit has its own', () => {
	const units = (map: string, unit: string | undefined, body: string): string[] =>
		[
			...nmeaLines(
				{ one: { ...parseNmeaField(map), ...(unit === undefined ? {} : { unit }) } },
				{ now: () => 1000 },
			)({
				text: sentence(body),
				number: 1,
			}),
		].map((item) =>
			item instanceof Problem ? `${item.code} ${item.detail}` : `${String(item.value)} ${item.unit ?? ''}`,
		);
	assert.deepEqual(units('MWV:3,2=R', 'm/s', 'WIMWV,214,R,5.5,M,A'), ['5.5 m/s']);
	for (const [letter, unit] of [
		['N', 'kn'],
		['K', 'km/h'],
		['S', 'mph'],
	] as const) {
		const body = `WIMWV,214,R,5.5,${letter},A`;
		const [said = '', ...more] = units('MWV:3,2=R', 'm/s', body);
		assert.deepEqual(more, []);
		assert(
			said.startsWith(`sentence-malformed line 1: one: WIMWV gives field 3 in ${unit} (field 4 is ${letter})`),
			said,
		);
		assert.match(said, new RegExp(`--convert one=${unit}`));
		// What --convert judges.
		assert.deepEqual(units('MWV:3', undefined, body), [`5.5 ${unit}`]);
	}
	assert.match(
		units('MWV:3', 'm/s', 'WIMWV,214,R,5.5,X,A')[0] ?? '',
		/^sentence-malformed .* as "X", where K, M, N, S are known/,
	);
	// The sentence names no unit: the declared one is all there is.
	assert.deepEqual(units('MWV:3', 'm/s', 'WIMWV,214,R,5.5,,A'), ['5.5 m/s']);
	assert.deepEqual(units('MWV:1', 'deg', 'WIMWV,214,R,5.5,N,A'), ['214 deg']);
	assert.deepEqual(units('VTG:7', 'km/h', 'GPVTG,54,T,34,M,5.5,N,10.2,K'), ['10.2 km/h']);
	assert.match(units('VTG:5', 'km/h', 'GPVTG,54,T,34,M,5.5,N,10.2,K')[0] ?? '', /field 5 in kn/);
	assert.match(units('XDR:6', 'Pa', 'YXXDR,C,21.5,C,T,P,1.013,B,P1')[0] ?? '', /field 6 in bar .* --convert one=bar/);
	assert.deepEqual(units('XDR:2', 'Cel', 'YXXDR,C,21.5,C,T,P,1.013,B,P1'), ['21.5 Cel']);
});

test('a map that fits nothing is said once, with what comes', () => {
	const said = read({ wind: 'MVW:3' }, Array<string>(250).fill(sentence('WIMWV,214.8,R,0.1,K,A')));
	assert.equal(said.length, 1);
	assert.match(said[0] ?? '', /^source-unavailable 100 sentences came, and none .*: the instrument sends WIMWV/);
	for (const text of ['MWV', 'mwv:3', 'MWV:0', 'MWV:3,R', 'MWV:3,2=a*b', '']) {
		assert.throws(() => parseNmeaField(text), { code: 'source-malformed', detail: /write SENTENCE:FIELD/ }, text);
	}
});
