import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineWatch } from './line-watch.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

test('bytes without an end of a line are said once, by their number or their time, until a line has ended', () => {
	let now = 0;
	const watch = new LineWatch(10, 'lf');
	assert.equal(watch.came(bytes('0123456789'), now), null);
	assert.match(watch.came(bytes('a'), now)?.detail ?? '', /more than 10 bytes came and no line ended: see to --baud/);
	assert.equal(watch.came(bytes('b'), now), null);
	watch.ended();
	assert.equal(watch.came(bytes('c'), now), null);
	now += 29_999;
	assert.equal(watch.came(bytes('d'), now), null);
	now += 1;
	const said = watch.came(bytes('e'), now);
	assert.deepEqual([said?.code, said?.detail.slice(0, 34)], ['source-no-line', 'bytes for 30 s came and no line en']);
});

test('carriage returns are the ends of lines when there are more of them than CR CR LF has', () => {
	const watch = new LineWatch(4096, 'lf');
	for (const text of ['\r21.5\r', '21.5\r\r']) {
		assert.equal(watch.came(bytes(text), 0), null, text);
		watch.ended();
	}
	assert.match(watch.came(bytes('1\r2\r3\r'), 0)?.detail ?? '', /--line-ending cr/);
	assert.match(new LineWatch(4096, 'cr').came(bytes('1\n2\n3\n'), 0)?.detail ?? '', /--line-ending lf/);
	assert.equal(new LineWatch(4096, 'any').came(bytes('1\r2\r3\r'), 0), null);
});

test('bytes of another baud rate are said to be no text, whatever ends of lines are among them', () => {
	const noise = Buffer.from(Array.from({ length: 256 }, (_, at) => (at * 101) % 256)).filter((byte) => byte !== 0x0a);
	for (const end of ['lf', 'any'] as const) {
		const watch = new LineWatch(4096, end);
		assert.equal(watch.came(noise.subarray(0, 20), 0), null);
		assert.match(watch.came(noise.subarray(20), 0)?.detail ?? '', /no text, as of another baud rate or parity/);
	}
	// Degrees in UTF-8, and a garbled byte.
	assert.equal(new LineWatch(4096, 'lf').came(bytes('21.5 °C, 40 %, 1013 hPa, \u0001 21.5 °C'), 0), null);
});
