import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
	consistencyProof,
	consistencyRanges,
	inclusionProof,
	inclusionRanges,
	rangeHash,
	verifyConsistency,
	verifyInclusion,
} from './proof.ts';
import { appendLeaf, type CompactRange, emptyCompactRange, leafHash, root } from './tree.ts';

interface Vectors {
	readonly leaves: string[];
	readonly roots: string[];
	readonly inclusion: { readonly index: number; readonly size: number; readonly proof: string[] }[];
	readonly consistency: { readonly old: number; readonly size: number; readonly proof: string[] }[];
}
const vectors = JSON.parse(
	readFileSync(new URL('../../../vectors/merkle/rfc6962.json', import.meta.url), 'utf8'),
) as Vectors;
/** A file of transparency-dev/merkle: one of inclusion or of consistency. */
interface Published {
	readonly leafIdx: number;
	readonly treeSize: number;
	readonly leafHash: string;
	readonly root: string;
	readonly size1: number;
	readonly size2: number;
	readonly root1: string;
	readonly root2: string;
	readonly proof: string[] | null;
	readonly desc: string;
	readonly wantErr: boolean;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string | undefined): Uint8Array => new Uint8Array(Buffer.from(text ?? 'missing', 'hex'));

const base64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
const testLeaf = (i: number): Uint8Array => leafHash(unhex(vectors.leaves[i]));

test('makes and accepts the proofs of the RFC 6962 test trees', () => {
	for (const { index, size, proof } of vectors.inclusion) {
		assert.deepEqual(inclusionProof(testLeaf, index, size).map(hex), proof);
		assert(verifyInclusion(testLeaf(index), index, size, proof.map(unhex), unhex(vectors.roots[size - 1])));
	}
	for (const { old, size, proof } of vectors.consistency) {
		assert.deepEqual(consistencyProof(testLeaf, old, size).map(hex), proof);
		const [before, after] = [unhex(vectors.roots[old - 1]), unhex(vectors.roots[size - 1])];
		assert(verifyConsistency(old, size, before, after, proof.map(unhex)));
	}
});

test('every proof in every tree of up to 33 leaves holds, for its own place alone', () => {
	const leaves = Array.from({ length: 33 }, (_, i) => leafHash(Uint8Array.of(i)));
	const leaf = (i: number): Uint8Array => leaves[i] ?? assert.fail();
	const roots: Uint8Array[] = [];
	let edge: CompactRange = emptyCompactRange;
	for (const each of leaves) roots.push(root((edge = appendLeaf(edge, each))));
	const rootOf = (size: number): Uint8Array => roots[size - 1] ?? assert.fail();
	for (let size = 1; size <= leaves.length; size++) {
		for (let i = 0; i < size; i++) {
			const proof = inclusionProof(leaf, i, size);
			assert(verifyInclusion(leaf(i), i, size, proof, rootOf(size)));
			for (const [place, otherSize] of [
				[i + 1, size],
				[i - 1, size],
				[i, size - 1],
			] as const) {
				assert(!verifyInclusion(leaf(i), place, otherSize, proof, rootOf(otherSize || 1)));
			}
			assert(!verifyInclusion(leaf((i + 1) % 33), i, size, proof, rootOf(size)));
			const old = i + 1;
			const steps = consistencyProof(leaf, old, size);
			assert(verifyConsistency(old, size, rootOf(old), rootOf(size), steps));
			assert(!verifyConsistency(old, size, rootOf((old % 33) + 1), rootOf(size), steps));
			assert(!verifyConsistency(old, size, rootOf(old), rootOf((size % 33) + 1), steps));
			assert(!verifyConsistency(old, size, rootOf(old), rootOf(size), [...steps, leaf(0)]));
			if (steps.length > 0) assert(!verifyConsistency(old, size, rootOf(old), rootOf(size), steps.slice(1)));
		}
	}
});

test('a proof made of remembered subtrees is the proof made of all leaves, and reads leaves beside its ends alone', () => {
	const leaves = Array.from({ length: 37 }, (_, i) => leafHash(Uint8Array.of(i)));
	const leaf = (i: number): Uint8Array => leaves[i] ?? assert.fail();
	const unit = 4;
	const units = Array.from({ length: 9 }, (_, i) =>
		root(leaves.slice(i * unit, (i + 1) * unit).reduce(appendLeaf, emptyCompactRange)),
	);
	const near = (ends: readonly number[]) => (at: number) => {
		assert(ends.some((end) => Math.floor(end / unit) === Math.floor(at / unit)));
		return leaf(at);
	};
	for (let size = 1; size <= leaves.length; size++)
		for (let i = 0; i < size; i++) {
			const ends = [i, size - 1];
			const hashes = (ranges: ReturnType<typeof inclusionRanges>): Uint8Array[] =>
				ranges.map((range) => rangeHash(range, unit, (at) => units[at] ?? assert.fail(), near(ends)));
			assert.deepEqual(hashes(inclusionRanges(i, size)), inclusionProof(leaf, i, size));
			assert.deepEqual(hashes(consistencyRanges(i + 1, size)), consistencyProof(leaf, i + 1, size));
		}
});

test('agrees with the published proofs, most of them wrong on purpose', (t) => {
	const folder = fileURLToPath(new URL('../../../../shared/vectors/merkle/testdata', import.meta.url));
	if (!existsSync(folder)) {
		t.skip('the vectors of transparency-dev/merkle are not beside this checkout');
		return;
	}
	let seen = 0;
	for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
		if (!name.endsWith('.json')) continue;
		const v = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Published;
		const proof = (v.proof ?? []).map(base64);
		const good = name.startsWith('inclusion')
			? verifyInclusion(base64(v.leafHash), v.leafIdx, v.treeSize, proof, base64(v.root))
			: verifyConsistency(v.size1, v.size2, base64(v.root1), base64(v.root2), proof);
		assert.equal(good, !v.wantErr, `${name}: ${v.desc}`);
		seen++;
	}
	assert(seen > 190);
});
