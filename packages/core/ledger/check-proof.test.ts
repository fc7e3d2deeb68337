import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import type { Signer } from '../port/signer.ts';
import { checkProof, type LedgerProof } from './check-proof.ts';
import { signCheckpoint } from './checkpoint.ts';
import { consistencyProof, inclusionProof } from './proof.ts';
import { judgeSeen } from './judge-seen.ts';
import { noteVerifierKey } from './note.ts';
import { makeRegistryLeaf } from './registry-leaf.ts';
import { leafCovers, rowInLeaf } from './registry-rows.ts';
import { appendLeaf, emptyCompactRange, leafHash, root, sha256 } from './tree.ts';

const makeSigner = (): Signer => {
	const { publicKey, privateKey } = generateKeyPairSync('ed25519');
	return {
		publicKey: new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })),
		custody: 'software',
		sign: async (bytes) => new Uint8Array(sign(null, bytes, privateKey)),
	};
};
const signer = makeSigner();
const origin = 'site.example/hall';
const key = { name: origin, publicKey: signer.publicKey };
const leaves = Array.from({ length: 9 }, (_, i) => Uint8Array.of(i));
const rootOf = (all: readonly Uint8Array[]): Uint8Array =>
	root(all.map(leafHash).reduce(appendLeaf, emptyCompactRange));

/** What an honest ledger of these leaves shows of one. */
const shown = async (all: readonly Uint8Array[], index: number, since: number, by = signer): Promise<LedgerProof> => {
	const hashes = (at: number): Uint8Array => leafHash(all[at] ?? assert.fail());
	return {
		note: await signCheckpoint({ origin, size: all.length, root: rootOf(all) }, by),
		leaf: { index, bytes: all[index] ?? assert.fail(), inclusion: inclusionProof(hashes, index, all.length) },
		growth: since === 0 ? null : consistencyProof(hashes, since, all.length),
	};
};

test('a leaf of a ledger that grew holds; a changed leaf, another key, a shorter or another history are told', async () => {
	const seen = { size: 5, root: rootOf(leaves.slice(0, 5)) };
	const good = await shown(leaves, 3, 5);
	assert.deepEqual([checkProof(good, key, seen).refused, checkProof(good, key, null).refused], [null, null]);
	const { leaf } = good;
	assert(leaf !== null);
	const lied = checkProof({ ...good, leaf: { ...leaf, bytes: Uint8Array.of(77) } }, key, seen);
	assert.match(lied.refused ?? '', /^leaf 3 is not what/);
	assert.equal(lied.fork, false);
	const moved = checkProof({ ...good, leaf: { ...leaf, index: 4 } }, key, seen);
	assert.match(moved.refused ?? '', /^leaf 4 is not what/);
	const other = checkProof(await shown(leaves, 3, 5, makeSigner()), key, seen);
	assert.deepEqual([other.checkpoint, other.fork], [null, false]);

	const rewritten = leaves.with(1, Uint8Array.of(77));
	for (const fork of [
		await shown(rewritten, 3, 5),
		await shown(rewritten.slice(0, 5), 3, 0),
		await shown(leaves.slice(0, 4), 3, 0),
		{ ...good, growth: null },
	]) {
		const told = checkProof(fork, key, seen);
		assert.deepEqual([told.fork, typeof told.refused], [true, 'string']);
	}
	const same = { size: leaves.length, root: rootOf(leaves) };
	assert.equal(checkProof({ ...good, growth: null }, key, same).refused, null);
});

test('a reader who saw a ledger knows it again by its key, name and tree alone', async () => {
	const vkey = noteVerifierKey(key);
	const first = await shown(leaves.slice(0, 5), 0, 0);
	const later = await shown(leaves, 0, 5);
	const { seen } = judgeSeen(null, { key: vkey, ...first });
	assert(seen !== null);
	assert.deepEqual(judgeSeen(seen, { key: vkey, ...later }).seen, { key: vkey, note: later.note });
	assert.deepEqual(judgeSeen(null, { key: vkey, note: null, growth: null }), { forked: null, seen: null });
	const other = makeSigner();
	const renamed = noteVerifierKey({ name: `${origin}/restored`, publicKey: signer.publicKey });
	for (const [told, why] of [
		[{ key: vkey, note: null, growth: null }, /no leaf, and a checkpoint of 5/],
		[{ key: vkey, ...later, growth: null }, /does not show that it grew/],
		[{ key: vkey, ...(await shown(leaves, 0, 5, other)) }, /not signed by/],
		[{ ...later, key: noteVerifierKey({ ...key, publicKey: other.publicKey }) }, /signed as/],
		[{ ...later, key: renamed }, /signed as .*restored/],
		[{ ...later, key: 'nonsense' }, /signed as nonsense/],
	] as const) {
		const found = judgeSeen(seen, told);
		assert.match(found.forked ?? '', why);
		assert.equal(found.seen, seen);
	}
	assert.throws(() => judgeSeen(null, { key: renamed, ...later }), { code: 'ledger-broken' });
});

test('a leaf of the registry covers a row by its content, and no other', () => {
	const state = sha256(new TextEncoder().encode('anna did it'));
	const rows = [
		{ kind: 'action', key: '1', state: null },
		{ kind: 'action', key: '12', state },
	];
	const { bytes } = makeRegistryLeaf(rows, emptyCompactRange, new Uint8Array(32));
	assert(Buffer.from(bytes).includes(Buffer.from(rowInLeaf('action', '12', state))));
	assert(leafCovers(bytes, 'action', '12', 'anna did it'));
	for (const [kind, name, content] of [
		['action', '12', 'ben did it'],
		['action', '1', 'anna did it'],
		['incident', '12', 'anna did it'],
	] as const)
		assert(!leafCovers(bytes, kind, name, content));
	assert.throws(() => leafCovers(Uint8Array.of(1), 'action', '12', ''), { code: 'ledger-broken' });
});
