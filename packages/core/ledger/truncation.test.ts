import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSigner } from '../format/signer.fixture.ts';
import { signCheckpoint } from './checkpoint.ts';
import { type Truncation, isTruncation, makeTruncation, readTruncation } from './truncation.ts';
import { appendLeaf, emptyCompactRange, leafHash, root } from './tree.ts';

const signer = testSigner('Ed25519');
const key = { name: 'site.example/hall', publicKey: signer.publicKey };
const leaf = (n: number): Uint8Array => leafHash(Uint8Array.of(1, n));
const tree = [1, 2, 3, 4].reduce((edge, n) => appendLeaf(edge, leaf(n)), emptyCompactRange);
const said: Truncation = { leaves: 3, before: 1_790_000_000_000, at: 1_790_604_800_000 };
const broken = { code: 'ledger-broken' };

test('what was said is read, on the tree and by the key that it was said with', async () => {
	const { bytes, hash } = await makeTruncation(said, key.name, tree, signer);
	assert(isTruncation(bytes) && !isTruncation(Uint8Array.of(1, ...bytes.subarray(1))));
	assert.deepEqual(hash, leafHash(bytes));
	assert.deepEqual(readTruncation(bytes, key, tree), said);
	const early = { ...said, before: -5 };
	const old = await makeTruncation(early, key.name, tree, signer);
	assert.deepEqual(readTruncation(old.bytes, key, tree), early);
});

test('nothing else passes for it', async () => {
	const { bytes } = await makeTruncation(said, key.name, tree, signer);
	const other = testSigner('Ed25519');
	assert.throws(() => readTruncation(bytes, { ...key, publicKey: other.publicKey }, tree), broken);
	assert.throws(() => readTruncation(bytes, { ...key, name: 'site.example/weather' }, tree), broken);
	// Another history of the same length, and this one at another moment.
	const another = [1, 2, 3, 5].reduce((edge, n) => appendLeaf(edge, leaf(n)), emptyCompactRange);
	assert.throws(() => readTruncation(bytes, key, another), broken);
	assert.throws(() => readTruncation(bytes, key, appendLeaf(tree, leaf(5))), broken);
	for (let at = 0; at < bytes.length; at += 7) {
		const changed = bytes.slice();
		changed[at] = (changed[at] ?? 0) ^ 1;
		assert.throws(() => readTruncation(changed, key, tree), broken, `byte ${at}`);
	}
	const lines = {
		'a plain checkpoint': [],
		'more leaves than there are': ['forgotten 5 before 1 at 2'],
		'no number': ['forgotten x before 1 at 2'],
		'a line too many': ['forgotten 3 before 1 at 2', 'forgotten 4 before 1 at 2'],
		'another line first': ['edge AAAA', 'forgotten 3 before 1 at 2'],
	};
	for (const [what, extensions] of Object.entries(lines)) {
		const note = await signCheckpoint({ origin: key.name, size: 4, root: root(tree), extensions }, signer);
		assert.throws(() => readTruncation(Buffer.from(`\u0002${note}`), key, tree), broken, what);
	}
});
