import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
	appendLeaf,
	decodeCompactRange,
	type CompactRange,
	emptyCompactRange,
	encodeCompactRange,
	leafHash,
	root,
} from './tree.ts';

const vectors = JSON.parse(readFileSync(new URL('../../../vectors/merkle/rfc6962.json', import.meta.url), 'utf8')) as {
	leaves: string[];
	roots: string[];
	emptyRoot: string;
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('grows to the roots of the RFC 6962 test trees', () => {
	let edge: CompactRange = emptyCompactRange;
	assert.equal(hex(root(edge)), vectors.emptyRoot);
	for (const [i, leaf] of vectors.leaves.entries()) {
		edge = appendLeaf(edge, leafHash(Buffer.from(leaf, 'hex')));
		assert.equal(hex(root(edge)), vectors.roots[i]);
		edge = decodeCompactRange(edge.size, encodeCompactRange(edge));
	}
	assert.equal(vectors.leaves.length, 8);
});

test('adding a leaf leaves the edge before as it was', () => {
	const one = appendLeaf(emptyCompactRange, leafHash(Uint8Array.of(1)));
	const before = hex(root(one));
	appendLeaf(one, leafHash(Uint8Array.of(2)));
	assert.equal(hex(root(one)), before);
	assert.equal(emptyCompactRange.size, 0);
});

test('sizes beyond 32 bits are no special case', () => {
	const hashes = Array.from({ length: 40 }, (_, i) => leafHash(Uint8Array.of(i)));
	const edge = appendLeaf({ size: 2 ** 40 - 1, hashes }, leafHash(Uint8Array.of(99)));
	assert.deepEqual([edge.size, edge.hashes.length], [2 ** 40, 1]);
	assert.equal(decodeCompactRange(2 ** 40, encodeCompactRange(edge)).hashes.length, 1);
});

test('an edge whose bytes do not fit its size is refused', () => {
	for (const [size, length] of [
		[1, 0],
		[3, 32],
		[2, 64],
		[1, 33],
		[0, 32],
		[-1, 0],
		[0.5, 0],
	] as const) {
		assert.throws(() => decodeCompactRange(size, new Uint8Array(length)), { code: 'ledger-broken' });
	}
});
