import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visible } from './output.ts';

test('what would steer a terminal is written out, and text stays text', () => {
	assert.equal(visible('\u001b[2Jgone\u0007\r\u009b1A\u007f'), '\\u001b[2Jgone\\u0007\\u000d\\u009b1A\\u007f');
	assert.equal(visible('abc\u202edcb'), 'abc\\u202edcb');
	assert.equal(visible('12 µSv/h\t✓ größer 測定\n'), '12 µSv/h\t✓ größer 測定\n');
	// In JSON the same is an escape that reads back as what it was.
	const value = { reason: '\u009bx\u007f' };
	assert.deepEqual(JSON.parse(visible(JSON.stringify(value))), value);
});
