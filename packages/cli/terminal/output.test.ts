import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableOf, visible } from './output.ts';

test('what would steer a terminal is written out, and text stays text', () => {
	assert.equal(visible('\u001b[2Jgone\u0007\r\u009b1A\u007f'), '\\u001b[2Jgone\\u0007\\u000d\\u009b1A\\u007f');
	assert.equal(visible('abc\u202edcb'), 'abc\\u202edcb');
	assert.equal(visible('12 µSv/h\t✓ größer 測定\n'), '12 µSv/h\t✓ größer 測定\n');
	// In JSON the same is an escape that reads back as what it was.
	const value = { reason: '\u009bx\u007f' };
	assert.deepEqual(JSON.parse(visible(JSON.stringify(value))), value);
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
