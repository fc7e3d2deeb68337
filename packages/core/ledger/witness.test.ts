import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Signer } from '../port/signer.ts';
import { addCheckpointBody, readAddCheckpoint, readKnownSize } from './add-checkpoint.ts';
import { signCheckpoint } from './checkpoint.ts';
import { checkWitnessed } from './check-witnessed.ts';
import { cosign, cosignaturesOn, quorumTime, readCosignature } from './cosignature.ts';
import { growthProof } from './growth.ts';
import { noteVerifierKey, openNote, readVerifierKey, signatureType, signNote, splitNote } from './note.ts';
import { consistencyProof, verifyConsistency } from './proof.ts';
import { appendLeaf, type CompactRange, emptyCompactRange, leafHash, root } from './tree.ts';

// C2SP tlog-witness, tlog-cosignature, signed-note.

const file = (name: string): string =>
	readFileSync(new URL(`../../../vectors/merkle/${name}`, import.meta.url), 'utf8');
const vector = JSON.parse(file('cosignature.json')) as {
	readonly log: string;
	readonly witnesses: readonly string[];
	readonly time: number;
	readonly note: string;
};
const makeSigner = (): Signer => {
	const { publicKey, privateKey } = generateKeyPairSync('ed25519');
	return {
		publicKey: new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })),
		custody: 'software',
		sign: async (bytes) => new Uint8Array(sign(null, bytes, privateKey)),
	};
};
const broken = { code: 'ledger-broken' };
const witnesses = vector.witnesses.map((key) => readVerifierKey(key, signatureType.cosignature));

test('opens a public checkpoint with the cosignatures of public witnesses', () => {
	const log = readVerifierKey(vector.log);
	assert.match(openNote(vector.note, log), /^arche2025h1/);
	const found = cosignaturesOn(vector.note, witnesses);
	assert.deepEqual(
		found.map(({ name, at }) => [name, at]),
		witnesses.map(({ name }) => [name, vector.time * 1000]),
	);
	assert.equal(quorumTime(found, 2), vector.time * 1000);
	assert.equal(quorumTime(found, 3), null);
	// Each key back into its own words; a log's key is no witness's.
	assert.equal(noteVerifierKey(log), vector.log);
	assert.deepEqual(
		witnesses.map((key) => noteVerifierKey(key, signatureType.cosignature)),
		vector.witnesses,
	);
	assert.throws(() => readVerifierKey(vector.log, signatureType.cosignature), { code: 'key-form' });
	const [first = ''] = vector.witnesses;
	for (const bad of [
		'',
		first.slice(1),
		first.replace('da77', 'da78'),
		`${first}A`,
		first.replace('+B', '+C'),
		'a+b+c',
	])
		assert.throws(() => readVerifierKey(bad, signatureType.cosignature), { code: 'key-form' }, bad);
	// Another size, and another time.
	assert.throws(() => cosignaturesOn(vector.note.replace('1432088532', '1432088533'), witnesses), broken);
	assert.throws(() => cosignaturesOn(vector.note.replace('AABqEiEgPl', 'AABqEiEhPl'), witnesses), broken);
});

test('a cosignature is of one text, one time and one witness', async () => {
	const [log, witness, other] = [makeSigner(), makeSigner(), makeSigner()];
	const tree = { origin: 'keyward/hall', root: leafHash(Uint8Array.of(1)) };
	const [older, newer] = [
		await signCheckpoint({ ...tree, size: 1 }, log),
		await signCheckpoint({ ...tree, size: 2 }, log),
	];
	const key = { name: 'witness.example/w1', publicKey: witness.publicKey };
	const { text } = splitNote(older);
	const line = await cosign(text, key.name, witness, 1_790_000_000_999);
	assert.deepEqual(readCosignature(text, line, key), { name: key.name, at: 1_790_000_000_000, line });
	// An old cosignature on a new checkpoint, and a log's signature or a plain one by the same key in its place.
	assert.throws(() => cosignaturesOn(`${newer}${line}\n`, [key]), broken);
	assert.deepEqual(cosignaturesOn(await signNote(text, key.name, witness), [key]), []);
	// Of a witness that nobody pinned, though under the name of one that is.
	const unpinned = await cosign(text, key.name, other, 1_790_000_000_000);
	assert.deepEqual(cosignaturesOn(`${older}${unpinned}\n`, [key]), []);
	// The newest of several.
	const later = await cosign(text, key.name, witness, 1_790_000_060_000);
	assert.deepEqual(cosignaturesOn(`${older}${later}\n${line}\n`, [key]), [
		{ name: key.name, at: 1_790_000_060_000, line: later },
	]);
	// The log's own signature still opens it.
	assert.equal(openNote(`${older}${line}\n`, { name: tree.origin, publicKey: log.publicKey }), text);
	for (const bad of [line.slice(0, 40), line.replace('— ', '- '), `${line} `, ''])
		assert.throws(() => readCosignature(text, bad, key), broken, bad);
});

test('what somebody pins decides whether a cosigned checkpoint counts', () => {
	const now = vector.time * 1000 + 60_000;
	const pins = { logs: [readVerifierKey(vector.log)], witnesses, quorum: 2, within: 3_600_000 };
	assert.deepEqual(checkWitnessed(vector.note, pins, now), {
		...{ refused: null, origin: 'arche2025h1.staging.ct.transparency.dev', size: 1_432_088_532 },
		...{ at: vector.time * 1000, by: witnesses.map(({ name }) => name) },
	});
	const refusedFor = (words: RegExp, note: string, more: Partial<typeof pins>, at = now): void =>
		assert.match(checkWitnessed(note, { ...pins, ...more }, at).refused ?? '', words);
	refusedFor(/not of a ledger/, vector.note, { logs: witnesses });
	refusedFor(/1 of the witnesses vouch, and 2 must/, vector.note, { witnesses: witnesses.slice(1) });
	refusedFor(/too old/, vector.note, {}, now + 3_600_000);
	refusedFor(/future/, vector.note, {}, vector.time * 1000 - 61_000);
	refusedFor(/wrong/, vector.note.replace('2net5wAAAABqEiEgPl', '2net5wAAAABqEiEhPl'), {});
	refusedFor(/not of a ledger/, 'nothing', {});
});

test("the specification's request, and none that differs in form", () => {
	const body = file('add-checkpoint.txt');
	const request = readAddCheckpoint(body);
	assert.equal(request.old, 20_852_014);
	assert.equal(request.proof.length, 4);
	assert.equal(addCheckpointBody(request), body);
	const hash = 'PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=';
	const bad = [
		'',
		body.replace('old 2', 'old 02'),
		body.replace('old 2', 'old -2'),
		body.replace('old ', 'old  '),
		body.replace('old 20852014', 'old 99999999999999999999'),
		body.replace('old', 'new'),
		body.replace(hash, hash.slice(0, -1)),
		body.replace(hash, 'AAAA'),
		body.replace(`${hash}\n`, `${hash}\n`.repeat(61)),
		body.replaceAll('\n\n', '\n'),
	];
	for (const one of bad) assert.throws(() => readAddCheckpoint(one), { code: 'request-malformed' }, one);
	assert.equal(readKnownSize('20852163\n'), 20_852_163);
	assert.equal(readKnownSize('0\n'), 0);
	for (const one of ['', '1', '01\n', '-1\n', '1\n\n', '99999999999999999999\n', '<html>\n'])
		assert.equal(readKnownSize(one), null, one);
});

test('a proof from the right edge and the new leaves is the proof from all leaves, in every tree of up to 33', async () => {
	const leaves = Array.from({ length: 33 }, (_, i) => leafHash(Uint8Array.of(i)));
	const at = (i: number): Uint8Array => leaves[i] ?? assert.fail();
	const edges: CompactRange[] = [emptyCompactRange];
	for (const leaf of leaves) edges.push(appendLeaf(edges.at(-1) ?? assert.fail(), leaf));
	const edgeOf = (size: number): CompactRange => edges[size] ?? assert.fail();
	for (let size = 1; size <= leaves.length; size++) {
		for (let old = 1; old <= size; old++) {
			const read: number[] = [];
			const { proof, edge } = await growthProof(edgeOf(old), size, async function* (from) {
				for (let i = from; i < leaves.length; i++) {
					if (i < size) read.push(i);
					yield at(i);
				}
			});
			assert.deepEqual(proof, consistencyProof(at, old, size), `${old} to ${size}`);
			assert.ok(verifyConsistency(old, size, root(edgeOf(old)), root(edge), proof));
			assert.equal(read.length, size - old);
		}
	}
});
