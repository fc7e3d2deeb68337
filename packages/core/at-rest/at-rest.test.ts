import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { recordKeyOf, unwrapDataKey, wrapDataKey, WRAP_NONCE } from './data-key.ts';
import { decryptRecord, encryptRecord, readEncryptedRecord } from './encrypted-record.ts';

const some = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const failed = { code: 'store-failed' };

test('an encrypted record opens at its place alone, under its keys alone, and whole alone', () => {
	const count = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
	const place = fc.record({ stream: fc.integer({ min: 0, max: 2 ** 32 - 1 }), identity: fc.maxSafeInteger() });
	const bytes = fc.uint8Array({ maxLength: 200 });
	const head = fc.record({ span: count, device: count, count });
	const check = fc.property(head, place, bytes, fc.nat(), (numbers, at, payload, where) => {
		const key = recordKeyOf(some(1), some(2));
		const stored = encryptRecord(key, numbers, at, payload);
		const record = readEncryptedRecord(stored);
		assert.deepEqual({ span: record.span, device: record.device, count: record.count }, { ...numbers });
		assert.deepEqual(decryptRecord(key, record, at), payload);
		for (const other of [
			{ ...at, stream: (at.stream ^ 1) >>> 0 },
			{ ...at, identity: at.identity > 0 ? at.identity - 1 : at.identity + 1 },
		])
			assert.throws(() => decryptRecord(key, record, other), failed);
		for (const other of [recordKeyOf(some(1), some(3)), recordKeyOf(some(3), some(2)), recordKeyOf(some(2), some(1))])
			assert.throws(() => decryptRecord(other, record, at), failed);
		const changed = stored.slice();
		const index = where % changed.length;
		changed[index] = (changed[index] ?? 0) ^ 1;
		assert.throws(() => {
			const read = readEncryptedRecord(changed);
			// Of another key: the reader would look for that one and not find this.
			if (read.span !== numbers.span || read.device !== numbers.device) throw Object.assign(new Error(), failed);
			decryptRecord(key, read, at);
		}, failed);
		assert.throws(
			() => readEncryptedRecord(stored.subarray(0, Math.min(18, stored.length - payload.length - 1))),
			failed,
		);
	});
	fc.assert(check, { numRuns: 200 });
});

test('no two counts, streams or payloads give one nonce and key; a record adds three numbers and a tag', () => {
	const key = recordKeyOf(some(1), some(2));
	const at = { stream: 7, identity: 1_790_000_000_000 };
	const [one, two] = [1, 2].map((count) =>
		encryptRecord(key, { span: 3, device: 4, count }, at, Uint8Array.of(1, 2, 3)),
	);
	assert(one && two);
	assert.equal(one.length, 3 + 3 + 16);
	assert.notDeepEqual(one.subarray(3, 6), two.subarray(3, 6), 'the same bytes under another count are other bytes');
});

test('a data key opens under its key-encryption key, for its purpose, and whole alone', () => {
	const purpose = { application: 'hall', device: 'probe-1', day: null };
	const wrapped = wrapDataKey(some(1), some(9), purpose, randomBytes(WRAP_NONCE));
	assert.deepEqual(unwrapDataKey(some(1), wrapped, purpose), some(9));
	assert.equal(Buffer.from(wrapped).includes(Buffer.from(some(9))), false);
	const refused = { code: 'key-file' };
	assert.throws(() => unwrapDataKey(some(2), wrapped, purpose), refused);
	for (const other of [
		{ ...purpose, application: 'other' },
		{ ...purpose, device: 'probe-2' },
		{ ...purpose, device: null, day: 3 },
	])
		assert.throws(() => unwrapDataKey(some(1), wrapped, other), refused);
	for (let length = 0; length < wrapped.length; length++)
		assert.throws(() => unwrapDataKey(some(1), wrapped.subarray(0, length), purpose), refused);
});
