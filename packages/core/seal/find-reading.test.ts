import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeCbor } from '../format/cose/cbor.ts';
import { Problem } from '../problem/problem.ts';
import { epochKeys } from './content-key.ts';
import { mostItems, readSealedMessage } from './sealed-item.ts';
import { findSealedReading, readSealedReading, type SealedReading, sealReading } from './sealed-reading.ts';

const sealed = (epoch: number, sequence: number, length: number): Uint8Array =>
	sealReading(epochKeys(new Uint8Array(32), epoch, new Uint8Array(32)), sequence, new Uint8Array(length));

const slowly = (bytes: Uint8Array): SealedReading | null => {
	try {
		return readSealedReading(bytes);
	} catch (error) {
		if (error instanceof Problem) return null;
		throw error;
	}
};

const readings = [0, 1, 0xff, 0x100, 0xffff, 0x1_0000, 2 ** 32 - 1].flatMap((epoch) =>
	[1, 0x100, 2 ** 20 - 1].flatMap((sequence) =>
		[0, 7, 8, 30, 239, 240, 300].map((length) => sealed(epoch, sequence, length)),
	),
);

test('a reading that is found quickly is the one that the decoder reads, and every one is found', () => {
	for (const bytes of readings) {
		const found = findSealedReading(bytes, 0);
		assert.deepEqual(found, { reading: readSealedReading(bytes), end: bytes.length });
		const shifted = Buffer.concat([Uint8Array.of(0x83, 0x43), bytes, bytes]);
		assert.deepEqual(findSealedReading(shifted, 2)?.reading.hash, found?.reading.hash);
		assert.equal(findSealedReading(shifted, 2)?.end, bytes.length + 2);
	}
});

test('nothing that the decoder refuses is found quickly: any head changed, cut short anywhere, other headers', () => {
	let refused = 0;
	for (const bytes of readings.filter((_, at) => at % 5 === 0)) {
		const head = bytes.length > 300 ? 22 : 20;
		for (let at = 0; at < head; at++)
			for (let value = 0; value < 256; value += at % 2 === 0 ? 1 : 3) {
				const changed = bytes.with(at, value);
				const found = findSealedReading(changed, 0);
				if (found === null || found.end !== changed.length) continue;
				assert.deepEqual(found.reading, slowly(changed), `byte ${at} is ${value}`);
			}
		for (let length = 0; length < bytes.length; length++) {
			assert.equal(findSealedReading(bytes.subarray(0, length), 0), null);
			refused++;
		}
	}
	assert.ok(refused > 1000);
	const more = encodeCbor([encodeCbor(new Map([[1, 3]])), new Map([[4, Uint8Array.of(1)]]), new Uint8Array(20)]);
	assert.equal(findSealedReading(more, 0), null);
});

test('a message of many readings is read to its end, and not beyond what it may hold', () => {
	const one = sealed(1, 1, 20);
	const many = (count: number): Uint8Array => Buffer.concat(Array.from({ length: count }, () => one));
	assert.equal(readSealedMessage(many(mostItems)).length, mostItems);
	assert.throws(() => readSealedMessage(many(mostItems + 1)), new RegExp(`more than ${mostItems} items`));
	assert.throws(() => readSealedMessage(Buffer.concat([one, one.subarray(0, -1)])), /cut short/);
});
