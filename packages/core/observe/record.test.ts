import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Doubt } from './doubt.ts';
import { addDoubts, decodeRecord, encodeRecord, type KeptRecord, numberOf, sameRecord } from './record.ts';

const text = fc.oneof(fc.string({ maxLength: 40, unit: 'grapheme' }), fc.constant('\uFEFFx'));
const number = fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(0, -0, 1, 2 ** 53));
const record = fc.record<KeptRecord>({ value: fc.oneof(number, text, fc.boolean()), unit: text });

const means = ({ value, unit }: KeptRecord): string =>
	JSON.stringify([typeof value, typeof value === 'number' ? String(value === 0 ? 0 : value) : value, unit]);

test('records have the same bytes exactly when they mean the same', () => {
	// Values drawn from few, so that the same ones meet often.
	const few = fc.record<KeptRecord>({
		value: fc.constantFrom(0, -0, 1, '', '1', 'Cel', true, false, 'true'),
		unit: fc.constantFrom('', 'Cel', 'l', '1'),
	});
	const pair = fc.oneof(fc.tuple(record, record), fc.tuple(few, few));
	fc.assert(
		fc.property(pair, ([a, b]) => {
			assert.equal(sameRecord(encodeRecord(a), encodeRecord(b)), means(a) === means(b));
		}),
		{ numRuns: 5000 },
	);
});

test('what is kept is read back; -0 becomes 0', () => {
	fc.assert(
		fc.property(record, ({ value, unit }) => {
			assert.deepEqual(decodeRecord(encodeRecord({ value, unit })), { value: value === 0 ? 0 : value, unit });
		}),
	);
});

test('the canonical bytes are fixed: a change would call every stored reading another', () => {
	const hex = (kept: KeptRecord): string => Buffer.from(encodeRecord(kept)).toString('hex');
	assert.equal(hex({ value: 21.5, unit: 'Cel' }), '01403580000000000043656c');
	assert.equal(hex({ value: -0, unit: '' }), '010000000000000000');
	assert.equal(hex({ value: 'µ', unit: '/' }), '020002c2b52f');
	assert.equal(hex({ value: '', unit: '' }), '020000');
	assert.equal(hex({ value: false, unit: '' }), '03');
	assert.equal(hex({ value: true, unit: 'Ω' }), '04cea9');
});

test('a doubt is kept beside the record, and is no part of what it means', () => {
	const doubt = fc.subarray<Doubt>(['time', 'stuck', 'rate'], { minLength: 1 });
	fc.assert(
		fc.property(record, doubt, ({ value, unit }, doubts) => {
			const plain = encodeRecord({ value, unit });
			const doubted = encodeRecord({ value, unit, doubt: doubts });
			assert.deepEqual(decodeRecord(doubted), { value: value === 0 ? 0 : value, unit, doubt: doubts });
			assert.ok(sameRecord(plain, doubted) && sameRecord(doubted, plain));
			assert.equal(numberOf(doubted), typeof value === 'number' ? (value === 0 ? 0 : value) : null);
			addDoubts(plain, doubted[0] ?? 0);
			assert.deepEqual(plain, doubted);
		}),
	);
	assert.equal(
		Buffer.from(encodeRecord({ value: 21.5, unit: 'Cel', doubt: ['rate', 'time'] })).toString('hex'),
		'51403580000000000043656c',
	);
	assert.throws(() => decodeRecord(Uint8Array.from([0x86, 0, 0, 0, 0, 0, 0, 0, 0])), { code: 'store-failed' });
});

test('text of 32 letters and of 33, ASCII and not', () => {
	for (const value of ['x'.repeat(32), 'x'.repeat(33), `${'x'.repeat(31)}é`, '☢'.repeat(33)]) {
		assert.deepEqual(decodeRecord(encodeRecord({ value, unit: value })), { value, unit: value });
	}
});

test('bytes that are no record are a store that failed', () => {
	const bad = [
		'',
		'00',
		'05',
		'01',
		'0140358000000000',
		'02',
		'0200',
		'020001',
		'0200ff61',
		'03ff',
		'010000000000000000ff',
	];
	for (const hex of bad) {
		assert.throws(() => decodeRecord(Uint8Array.from(Buffer.from(hex, 'hex'))), { code: 'store-failed' }, hex);
	}
});
