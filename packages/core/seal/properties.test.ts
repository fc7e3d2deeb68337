import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Cbor, decodeCbor, decodeSequence, encodeCbor, Tagged } from '../format/cose/cbor.ts';
import { Problem } from '../problem/problem.ts';
import { openReading, readSealedItem, readSealedMessage, readSealedReading, sealReading } from './index.ts';
import { testStream } from './seal.fixture.ts';

const bytes = fc.uint8Array({ maxLength: 300 });
const key = fc.oneof(fc.maxSafeInteger(), fc.string({ maxLength: 8 }));

const leaf: fc.Arbitrary<Cbor> = fc.oneof(
	fc.maxSafeInteger(),
	fc.boolean(),
	fc.constant(null),
	fc.string({ unit: 'binary', maxLength: 40 }),
	bytes,
);
const tree = fc.letrec<{ value: Cbor; plain: Cbor }>((tie) => ({
	plain: fc.oneof(
		{ maxDepth: 4 },
		leaf,
		fc.array(tie('value'), { maxLength: 5 }),
		fc.array(fc.tuple(key, tie('value')), { maxLength: 5 }).map((entries) => new Map(entries)),
	),
	value: fc.oneof(
		{ maxDepth: 4 },
		tie('plain'),
		fc.tuple(fc.nat(), tie('plain')).map(([tag, value]) => new Tagged(tag, value)),
	),
}));

/** What it gives; undefined where it is refused, by a Problem and nothing else. */
const attempt = <T>(run: () => T): T | undefined => {
	try {
		return run();
	} catch (problem) {
		assert(problem instanceof Problem, String(problem));
		return undefined;
	}
};

test('what is written is read, to the same bytes, and is the one spelling of itself', () => {
	fc.assert(
		fc.property(tree.value, (value) => {
			const written = encodeCbor(value);
			const read = attempt(() => decodeCbor(written));
			// Deeper than any message, or a number whose negative is beyond 2^53, is refused and not misread.
			if (read !== undefined) assert.deepEqual(encodeCbor(read), written);
		}),
	);
});

test('any bytes are read to what writes the same bytes, or refused', () => {
	fc.assert(
		fc.property(bytes, (any) => {
			const value = attempt(() => decodeCbor(any));
			if (value !== undefined) assert.deepEqual(Buffer.from(encodeCbor(value)), Buffer.from(any));
			attempt(() => readSealedItem(any));
			attempt(() => readSealedMessage(any));
		}),
		{ numRuns: 2000 },
	);
});

test('the items of a sequence are the bytes that they were', () => {
	fc.assert(
		fc.property(fc.array(leaf, { maxLength: 10 }), (values) => {
			const all = Buffer.concat(values.map((value) => encodeCbor(value)));
			const items = decodeSequence(all, 10);
			assert.deepEqual(Buffer.concat(items.map((item) => item.bytes)), all);
			assert.equal(items.length, values.length);
		}),
	);
});

const { keys } = await testStream().seal();

test('any text under any numbers opens to itself, and under no other number', () => {
	const epoch = fc.integer({ min: 0, max: 2 ** 32 - 1 });
	const sequence = fc.integer({ min: 1, max: 2 ** 20 - 1 });
	fc.assert(
		fc.property(epoch, sequence, sequence, bytes, (number, one, other, text) => {
			const own = { ...keys, epoch: number };
			const sealed = readSealedReading(sealReading(own, one, text));
			assert.deepEqual([sealed.epoch, sealed.sequence], [number, one]);
			assert.deepEqual(openReading(own, sealed), Buffer.from(text));
			if (other === one) return;
			assert.throws(() => openReading(own, { ...sealed, sequence: other }), { code: 'reading-forged' });
			assert.throws(() => openReading({ ...own, epoch: number === 0 ? 1 : 0 }, sealed), { code: 'reading-forged' });
		}),
	);
});
