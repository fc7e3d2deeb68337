import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { contentType } from '@keyward/core/observe';
import { type BatchRecord, BatchWriter, readBatch } from './batch.ts';

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const record = fc.record<BatchRecord>(
	{
		session: u32,
		stream: u32,
		message: u32,
		flags: fc.integer({ min: 0, max: 255 }),
		identity: fc.integer({ min: -(2 ** 53), max: 2 ** 53 }),
		type: fc.constantFrom(...Object.values(contentType)),
		payload: fc.oneof(
			fc.uint8Array({ maxLength: 60 }),
			fc.uint8Array({ minLength: 60_000, maxLength: 65_535, size: 'max' }),
		),
	},
	{ noNullPrototype: true },
);

const write = (writer: BatchWriter, records: readonly BatchRecord[]): Uint8Array<ArrayBuffer> => {
	for (const one of records) writer.add(one.session, one.stream, one.message, one, one.flags);
	return writer.take();
};

const read = (batch: Uint8Array): BatchRecord[] => {
	const found: BatchRecord[] = [];
	readBatch(batch, (one) => found.push({ ...one, payload: Uint8Array.from(one.payload) }));
	return found;
};

test('what goes into a batch comes out of it, in order, and the writer begins again', () => {
	const batches = fc.array(fc.array(record, { maxLength: 30 }), { maxLength: 4 });
	fc.assert(
		fc.property(batches, (all) => {
			const writer = new BatchWriter();
			for (const records of all) {
				const batch = write(writer, records);
				// It is transferred to another thread: nothing of it may be used again.
				const moved = structuredClone(batch, { transfer: [batch.buffer] });
				assert.deepEqual(read(moved), records);
				assert.equal(writer.size, 0);
			}
		}),
		{ numRuns: 60 },
	);
});

test('an empty batch holds nothing', () => {
	assert.deepEqual(read(new BatchWriter().take()), []);
});

test('the largest record and the largest numbers survive', () => {
	const one = {
		session: 0xffff_ffff,
		stream: 0xffff_ffff,
		message: 0xffff_ffff,
		flags: 255,
		identity: 2 ** 53,
		type: contentType['cose-encrypt0'],
		payload: new Uint8Array(65_535).fill(7),
	};
	assert.deepEqual(read(write(new BatchWriter(), [one, one])), [one, one]);
});

test('a payload longer than its length can say is no record', () => {
	const writer = new BatchWriter();
	const whole = { identity: 1, type: contentType.value, payload: new Uint8Array(65_535) };
	assert.throws(() => writer.add(1, 1, 1, { ...whole, payload: new Uint8Array(65_536) }), { code: 'ERR_ASSERTION' });
	assert.equal(writer.size, 0);
	writer.add(1, 1, 1, whole);
	assert.equal(read(writer.take()).length, 1);
});
