import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inLine, visible } from '@keyward/core/export';
import { fitsWhole, hanging, tableOf } from './output.ts';

test('what would steer a terminal is written out, and text stays text', () => {
	assert.equal(visible('\u001b[2Jgone\u0007\r\u009b1A\u007f'), '\\u001b[2Jgone\\u0007\\u000d\\u009b1A\\u007f');
	assert.equal(visible('abc\u202edcb'), 'abc\\u202edcb');
	assert.equal(visible('12 µSv/h\t✓ größer 測定\n'), '12 µSv/h\t✓ größer 測定\n');
	// In JSON the same is an escape that reads back as what it was.
	const value = { reason: '\u009bx\u007f' };
	assert.deepEqual(JSON.parse(visible(JSON.stringify(value))), value);
});

test('a text from outside stays in its line and its cell', () => {
	const forged = 'ok  /\n  fa64-99  2026-01-01T00:00:00.000Z  99\tCel\u2028x\u061c';
	assert.equal(inLine(forged), 'ok  /\\u000a  fa64-99  2026-01-01T00:00:00.000Z  99\\u0009Cel\\u2028x\\u061c');
	for (const width of [undefined, 60, 24]) {
		const rows = tableOf(['value', 'unit'], [[forged, '/']], width).split('\n');
		assert.ok(
			rows.every((line) => !line.startsWith('  fa64') && !line.includes('\t')),
			rows.join('\n'),
		);
	}
	assert.equal(
		tableOf(['value', 'unit'], [[forged, '/']])
			.trimEnd()
			.split('\n').length,
		2,
	);
});

test('a table too wide for the terminal stays in columns: between words first, in words where that is not enough', () => {
	const hash = 'ek:efdab62e9acd929838c92fa4913bf9553ef3a234958e7d29ac22c2037e36704a';
	const rows = [
		['weather-station', hash, 'tpm2, attested (EMULATED)'],
		['hall', '–', 'software'],
	];
	const lines = tableOf(['application', 'part', 'key'], rows, 60).trimEnd().split('\n');
	assert.ok(
		lines.every(({ length }) => length <= 60),
		lines.join('\n'),
	);
	const [headings = '', ...below] = lines;
	for (const name of ['part', 'key']) {
		const column = headings.indexOf(name);
		assert.ok(
			below.every((line) => line.length < column || line[column - 1] === ' '),
			lines.join('\n'),
		);
	}
	assert.ok(lines[1]?.startsWith('weather-station  ek:'), 'a name stays whole while something else can give way');
	assert.equal(
		below.map((line) => line.slice(headings.indexOf('part'), headings.indexOf('key')).trim()).join(''),
		`${hash}–`,
	);
});

test('names give way at the ends of their parts, and what has too many columns is a block for each row', () => {
	const headings = ['application', 'device', 'class', 'key', 'state', 'until', 'connected', 'part'];
	const row = [
		'weather-station',
		'roof-north',
		'gamma-probe',
		'software',
		'active',
		'2027-11-27 19:12:47Z',
		'yes',
		'–',
	];
	const table = tableOf(headings, [row], 74);
	assert.ok(
		table.split('\n').every(({ length }) => length <= 74),
		table,
	);
	assert.match(table, /^weather-station\ndevice /);
	assert.match(tableOf(headings, [row], 66), / gamma- /);
	const [first, ...others] = tableOf(headings, [row, row], 40).split('\n\n');
	assert.match(first ?? '', /^weather-station\ndevice {5}roof-north\nclass {6}gamma-probe\n/);
	assert.equal(others.length, 1);
	assert.ok(
		first?.split('\n').every(({ length }) => length <= 40),
		first,
	);
});

test('a table is wrapped at words to the width of the terminal, its columns aligned', () => {
	const rows = [['probe-1', 'refused: the certificate has been revoked since this morning, register the device again']];
	const table = tableOf(['device', 'what happened'], rows, 40);
	assert.ok(
		table.split('\n').every(({ length }) => length <= 40),
		table,
	);
	assert.equal(table.replaceAll(/\s+/g, ' '), `device what happened ${rows[0]?.join(' ')} `);
	assert.match(table, /\n {9}\S/);
	assert.equal(tableOf(['device', 'what happened'], rows).split('\n').length, 3);
});

test('a sentence is wrapped at words, what follows it indented; no line of another text passes for the next entry', () => {
	const text = `  2027-01-31  reading-unit (input-refused), once\n      ${'the unit must be Cel '.repeat(6).trim()}\n`;
	const lines = hanging(text, 60).split('\n');
	assert.ok(lines.every((line) => line.length <= 60));
	assert.deepEqual(lines.slice(0, 2).concat(lines.at(-1) ?? ''), [
		'  2027-01-31  reading-unit (input-refused), once',
		'      the unit must be Cel the unit must be Cel the unit',
		'',
	]);
	assert.match(lines[2] ?? '', /^ {10}must be Cel/);
	assert.equal(hanging(text, Number.POSITIVE_INFINITY), text);
});

test('a table that would break a word is known before it is printed', () => {
	const rows = [['7', 'device=probe-1 class=gamma-probe']];
	assert.ok(fitsWhole(['number', 'with'], rows, 25));
	assert.ok(!fitsWhole(['number', 'with'], rows, 24));
	assert.ok(fitsWhole(['number', 'with'], rows, undefined));
});
