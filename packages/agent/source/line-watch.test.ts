import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineWatch } from './line-watch.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

test('bytes without an end of a line are said once, by their number or their time, until a line has ended', () => {
	let now = 0;
	const watch = new LineWatch(10, () => now);
	assert.equal(watch.came(bytes('0123456789')), null);
	assert.match(watch.came(bytes('a'))?.detail ?? '', /more than 10 bytes came and no line ended: see to --baud/);
	assert.equal(watch.came(bytes('b')), null);
	watch.ended();
	assert.equal(watch.came(bytes('c')), null);
	now += 29_999;
	assert.equal(watch.came(bytes('d')), null);
	now += 1;
	const said = watch.came(bytes('e'));
	assert.deepEqual([said?.code, said?.detail.slice(0, 34)], ['source-no-line', 'bytes for 30 s came and no line en']);
});

test('carriage returns are the ends of lines when there are more of them than CR CR LF has', () => {
	const watch = new LineWatch(4096, () => 0);
	for (const text of ['\r21.5\r', '21.5\r\r']) {
		assert.equal(watch.came(bytes(text)), null, text);
		watch.ended();
	}
	assert.match(watch.came(bytes('1\r2\r3\r'))?.detail ?? '', /--line-ending cr/);
});
