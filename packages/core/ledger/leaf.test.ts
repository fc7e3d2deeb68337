import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { StreamName } from '../device/stream-name.ts';
import { contentType } from '../observe/content-type.ts';
import { sequenceIdentity } from '../observe/identity.ts';
import type { Row } from '../port/reading-store.ts';
import { checkLeaf, makeLeaf, readLeaf } from './leaf.ts';
import { leafHash } from './tree.ts';

const nameOf = (id: number): StreamName => ({ application: 'hall', device: `gamma-${id}`, stream: 'dose-rate' });
const row = (stream: number, cursor: number, time: number, ...payload: number[]): Row => ({
	...{ stream, cursor, time, identity: time, type: contentType.value, payload: Uint8Array.from(payload) },
});

/** The hash over the rows as the doc comment of `Leaf` describes it, made another way. */
const rowsHash = (rows: readonly Row[]): string => {
	const hash = createHash('sha256');
	for (const { stream, cursor, time, payload } of rows) {
		const head = Buffer.alloc(24);
		head.writeUInt32BE(stream, 0);
		head.writeBigUInt64BE(BigInt(cursor), 4);
		head.writeBigInt64BE(BigInt(time), 12);
		head.writeUInt32BE(payload.length, 20);
		hash.update(head).update(payload);
	}
	return hash.digest('hex');
};

test('has the documented bytes', () => {
	const rows = [row(300, 7, 1_790_000_000_123, 9), row(2, 1, -5), row(300, 8, 2 ** 52, 1, 2)];
	const { bytes, hash } = makeLeaf('hall', rows, nameOf);
	const hex = Buffer.from(bytes).toString('hex');
	const named = '0201010767616d6d612d3209646f73652d72617465';
	const ordered = [rows[1], rows[0], rows[2]].flatMap((each) => each ?? []);
	assert.equal(hex, `010468616c6c02${named}aa020702${rowsHash(ordered)}`);
	assert.deepEqual(hash, leafHash(bytes));
});

test('a commit with a record of another kind covers identity, time and content type', () => {
	const sealed: Row = { ...row(2, 1, 77, 1, 2), identity: sequenceIdentity(3, 4), type: contentType['cose-encrypt0'] };
	const rows = [row(1, 1, 5, 9), sealed];
	const { bytes } = makeLeaf('hall', rows, nameOf);
	const hash = createHash('sha256');
	for (const { stream, cursor, identity, time, type, payload } of rows) {
		const head = Buffer.alloc(33);
		head.writeUInt32BE(stream, 0);
		head.writeBigUInt64BE(BigInt(cursor), 4);
		head.writeBigInt64BE(BigInt(identity), 12);
		head.writeBigInt64BE(BigInt(time), 20);
		head.writeUInt8(type, 28);
		head.writeUInt32BE(payload.length, 29);
		hash.update(head).update(payload);
	}
	const hex = Buffer.from(bytes).toString('hex');
	assert(hex.startsWith('040468616c6c02') && hex.endsWith(hash.digest('hex')));
	// The form of values alone must not pass for it, nor the reverse.
	assert(!checkLeaf({ ...readLeaf(bytes), version: 1 }, rows));
	assert(checkLeaf(readLeaf(bytes), rows));
	assert(!checkLeaf({ ...readLeaf(makeLeaf('hall', [row(1, 1, 5, 9)], nameOf).bytes), version: 4 }, [row(1, 1, 5, 9)]));
});

const rowsOfCommit = fc
	.uniqueArray(
		fc.tuple(
			fc.integer({ min: 1, max: 2 ** 31 }),
			fc.integer({ min: 1, max: 2 ** 50 }),
			fc.integer({ min: 1, max: 9 }),
		),
		{
			minLength: 1,
			maxLength: 12,
			selector: ([stream]) => stream,
		},
	)
	.chain((ranges) =>
		fc.shuffledSubarray(
			ranges.flatMap(([stream, first, count]) =>
				Array.from({ length: count }, (_, i) => row(stream, first + i, (first * 31 + i) % 2 ** 53, stream % 256, i)),
			),
			{ minLength: ranges.reduce((sum, [, , count]) => sum + count, 0) },
		),
	);

test('says what it covers, whatever the order of the rows', () =>
	fc.assert(
		fc.property(rowsOfCommit, (rows) => {
			const { bytes } = makeLeaf('hall', rows, nameOf);
			assert.deepEqual(makeLeaf('hall', rows.toReversed(), nameOf).bytes, bytes);
			const leaf = readLeaf(bytes);
			assert.equal(leaf.application, 'hall');
			assert(checkLeaf(leaf, rows));
			assert.equal(
				leaf.ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0),
				rows.length,
			);
			for (const { stream, first, name } of leaf.ranges) {
				assert.deepEqual(name, first === 1 ? { device: `gamma-${stream}`, stream: 'dose-rate' } : undefined);
			}
		}),
	));

test('notices any changed row', () =>
	fc.assert(
		fc.property(
			rowsOfCommit,
			fc.nat(),
			fc.constantFrom('stream', 'cursor', 'identity', 'time', 'type', 'payload', 'gone', 'twice'),
			(rows, at, what) => {
				const leaf = readLeaf(makeLeaf('hall', rows, nameOf).bytes);
				const i = at % rows.length;
				const old = rows[i];
				assert(old);
				const changed: Record<typeof what, Row[]> = {
					stream: [{ ...old, stream: old.stream + 2 ** 31 }],
					cursor: [{ ...old, cursor: old.cursor + 20 }],
					identity: [{ ...old, identity: old.identity + 1 }],
					time: [{ ...old, time: old.time + 2 ** 32 }],
					type: [{ ...old, type: old.type === 0 ? contentType['cose-encrypt0'] : contentType.value }],
					payload: [{ ...old, payload: Uint8Array.of(...old.payload, 0) }],
					gone: [],
					twice: [old, old],
				};
				assert(!checkLeaf(leaf, rows.toSpliced(i, 1, ...changed[what])));
			},
		),
	));

test('two records cannot trade bytes', () => {
	const leaf = readLeaf(makeLeaf('hall', [row(1, 1, 5, 1, 2), row(1, 2, 6, 3)], nameOf).bytes);
	assert(!checkLeaf(leaf, [row(1, 1, 5, 1), row(1, 2, 6, 2, 3)]));
});

test('bytes that are no leaf in its one form are refused', () => {
	const { bytes } = makeLeaf('hall', [row(1, 1, 5, 1), row(2, 300, 6, 3)], nameOf);
	for (let end = 0; end < bytes.length; end++) {
		assert.throws(() => readLeaf(bytes.subarray(0, end)), { code: 'ledger-broken' }, `cut at ${end}`);
	}
	assert.throws(() => readLeaf(Uint8Array.of(...bytes, 0)), { code: 'ledger-broken' });
	const head = [1, 1, 0x68];
	const hash = Array.from({ length: 32 }, () => 0);
	const bad = {
		'no rows': [...head, 0, ...hash],
		'stream 0': [...head, 1, 0, 2, 1, ...hash],
		'row 0': [...head, 1, 1, 0, 1, ...hash],
		'an empty range': [...head, 1, 1, 2, 0, ...hash],
		'a long spelling of 1': [...head, 0x81, 0x00, 1, 2, 1, ...hash],
		'a number too large': [...head, 1, 1, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, ...hash],
		'more rows than a commit has': [...head, 1, 1, 2, 0xff, 0xff, 0x7f, ...hash],
		'text that is not UTF-8': [1, 1, 0xff, 1, 1, 2, 1, ...hash],
	};
	for (const [what, leaf] of Object.entries(bad)) {
		assert.throws(() => readLeaf(Uint8Array.from(leaf)), { code: 'ledger-broken' }, what);
	}
	assert.equal(readLeaf(Uint8Array.from([...head, 1, 1, 2, 1, ...hash])).ranges.length, 1);
});

test('any bytes are a leaf or a Problem', () =>
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
			try {
				readLeaf(Uint8Array.of(1, ...bytes));
			} catch (error) {
				assert.equal(error instanceof Error && 'code' in error && error.code, 'ledger-broken');
			}
		}),
	));
