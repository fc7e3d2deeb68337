import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '@keyward/core';
import fc from 'fast-check';
import { parsePick } from './pick.ts';

/** A figure, or the code and words in its place. */
const find = (rule: string, text: string, decimal?: '.' | ','): unknown => {
	try {
		return parsePick(rule, decimal)(text);
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		return `${error.code} ${error.detail}`;
	}
};

test('figures of a line, of an expression and of a JSON document', () => {
	const document = '{"main":{"temp":21.5,"on":true,"none":null},"rows":[{"v":"7.25"},{"odd name":3}],"state":"open"}';
	const cases: [string, string, unknown][] = [
		['value', ' 21.5\r', 21.5],
		['value', 'true', true],
		['2', '21.5, 45 ;7', 45],
		['3', '21.5\t45\t7', 7],
		['2', '  21.5   45', 45],
		['/T=([-.0-9]+)/', 'H=3 T=-21.5 C', -21.5],
		['/[0-9]+/', 'a12b', 12],
		['$.main.temp', document, 21.5],
		['$.main.on', document, true],
		['$.rows[0].v', document, 7.25],
		["$.rows[1]['odd name']", document, 3],
		['$', '21.5', 21.5],
		['$[1]', '[1,2]', 2],
		['text:$.state', document, 'open'],
		['text:value', 'open', 'open'],
	];
	for (const [rule, text, figure] of cases) assert.equal(find(rule, text), figure, rule);
});

test('a comma is the decimal sign, or between two figures, as it is said; where it may be either there is no figure', () => {
	for (const text of ['21,5', '21,5;40,2', '21,5\t40', '21,5 40,2', 'a 21,5 b'])
		for (const rule of ['1', '2'])
			assert.match(String(find(rule, text)), /^source-malformed 21,5 is one figure or two/, text);
	assert.equal(find('1', '21,5;40,2', ','), 21.5);
	assert.equal(find('2', '21,5 40,2', ','), 40.2);
	assert.match(String(find('1', '21.5;40,2', ',')), /^source-malformed .* has a dot/);
	assert.equal(find('2', '512,7', '.'), 7);
	assert.equal(find('2', '2026-11-27 12:00:00,21.5,45'), 21.5);
	assert.equal(find('/T=([0-9,]+)/', 'T=21,5', ','), 21.5);
	assert.match(String(find('/T=([0-9,]+)/', 'T=21,5')), /^source-malformed .* run with --decimal comma/);
	for (const [rule, line, decimal] of [
		['/T=([-.0-9]+)/', 'T=21,5 C'],
		['/T=([-.0-9]+)/', 'T=21,5 C', ','],
		['/[0-9]+/', '21.5'],
		['/[0-9]+/', '21.5', '.'],
	] as const)
		assert.match(String(find(rule, line, decimal)), /^source-malformed .* ends within a figure, at "21[.,]5"/, line);
	// What follows is taken too, or separates as it was said.
	assert.equal(find('/T=([0-9]+),/', 'T=21,5'), 21);
	assert.equal(find('/T=([0-9]+)/', 'T=21,5', '.'), 21);
	assert.equal(find('/^([0-9]{3})/', '2154'), 215);
	assert.equal(find('/T=([0-9]+)/', 'T=21. H=5'), 21);
});

test('what is not there, or no figure, or "no value", is never one', () => {
	const cases: [string, string, RegExp][] = [
		['value', 'warm', /^source-malformed value: "warm" is not a number/],
		['value', '21.5C', /^source-malformed/],
		['value', '21,5', /^source-malformed/],
		['value', '0x10', /^source-malformed/],
		['2', '21.5', /^source-malformed there is no field 2: 1 came/],
		['2', '21.5,,7', /^source-no-value 2 is ""/],
		['1', '---,7', /^source-no-value/],
		['/T=(.*)/', 'H=3', /^source-malformed .* fits nothing in "H=3"/],
		['/T=(.*)/', 'T=NaN', /^source-no-value/],
		['$.a', '{"a":null}', /^source-no-value \$\.a is null/],
		['$.a', '{"a":"unavailable"}', /^source-no-value/],
		['text:$.a', '{"a":"unknown"}', /^source-no-value/],
		['$.a', '{"a":"open"}', /^source-malformed/],
		['$.a', '{"a":{}}', /^source-malformed .* neither a number nor a text/],
		['$.a', '{"b":1}', /^source-malformed there is no \$\.a/],
		['$.toString', '{}', /^source-malformed there is no/],
		['$.__proto__', '{}', /^source-malformed there is no/],
		['$.length', '[1]', /^source-malformed there is no/],
		['$[0]', '{"0":1}', /^source-malformed there is no/],
		['$.a', 'no document', /^source-malformed "no document": it is no JSON document/],
		['$.a', '{"a":21,"a":99}', /^source-malformed .* a name stands twice/],
		['$.a', '{"a":21,"b":{"c":1,"\\u0063":2}}', /^source-malformed .* a name stands twice/],
		['$.a', '{"a":NaN}', /^source-malformed .* JSON has no NaN/],
		['$.a', '{"a":1e999}', /^source-malformed/],
		['$a', '{}', /is no path/],
		['$.a..b', '{}', /is no path/],
		['/(/', '', /is no regular expression/],
		['0', '1', /finds no figure/],
		['temp', '1', /finds no figure: write value, the number of a field/],
	];
	for (const [rule, text, said] of cases) assert.match(String(find(rule, text)), said, `${rule} of ${text}`);
});

test('a part of a figure whose thousands a blank parts is no figure', () => {
	for (const blank of [' ', '\u00a0', '\u202f', "'"])
		for (const decimal of ['.', ',', undefined] as const)
			assert.match(
				String(find('/T=([-.0-9]+)/', `T=1${blank}234 C`, decimal)),
				/^source-malformed .* ends within a figure, at "1.234"/,
			);
	assert.match(String(find('1', '1\u00a0234')), /^source-malformed .* is not a number/);
	// What is no group of thousands, or is said to be parted.
	assert.equal(find('1', '21 45'), 21);
	assert.equal(find('2', '21.5 450'), 450);
	assert.equal(find('1', '21  450'), 21);
	assert.equal(find('1', '21 1450'), 21);
	// Two fields, as many instruments send them: blanks part those.
	assert.equal(find('1', '21 450'), 21);
	assert.equal(find('2', '21 998.7'), 998.7);
	assert.equal(find('/^([0-9]+) /', '1 234'), 1);
	assert.equal(find('/T=([0-9]+)/', 'T=21 1450'), 21);
});

test('an expression that would take for ever over a line is ended', () => {
	assert.match(String(find('/^(a+)+$/', `${'a'.repeat(60)}b`)), /took more than 1 s .*: simplify it/);
});

test('any text is a figure or a Problem', () => {
	const rules = ['value', '2', '/([0-9.]+)/', '$.a', '$[0]', 'text:$.a'];
	fc.assert(
		fc.property(fc.constantFrom(...rules), fc.oneof(fc.string(), fc.json()), (rule, text) => {
			const found = find(rule, text);
			assert(['number', 'string', 'boolean'].includes(typeof found));
			if (typeof found === 'number') assert(Number.isFinite(found));
		}),
	);
});
