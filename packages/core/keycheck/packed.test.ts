import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Packed } from './packed.ts';

test('texts and octets come back whole, also those that meet the end of a piece of memory', () => {
	const packed = new Packed();
	const texts: string[] = [];
	for (let length = 0, bytes = 0; bytes < 3_000_000; length = (length * 7 + 13) % 30_011) {
		const text = `${'ü€'.repeat(length)}x`.slice(length % 2);
		texts.push(text);
		bytes += Buffer.byteLength(text);
		if (length % 3 === 0) packed.push(Buffer.from(text));
		else packed.pushText(text);
	}
	const into = Buffer.alloc(65_535);
	assert.equal(packed.count, texts.length);
	for (const [index, text] of texts.entries()) {
		const expected = Buffer.from(text).subarray(0, 65_535);
		assert.ok(packed.at(index).equals(expected));
		assert.equal(packed.lengthAt(index), expected.length);
		assert.equal(packed.copy(index, into), expected.length);
		assert.ok(into.subarray(0, expected.length).equals(expected));
	}
});
