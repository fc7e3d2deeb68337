import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Signer } from '../port/signer.ts';
import { openCheckpoint, readCheckpoint, signCheckpoint } from './checkpoint.ts';
import { noteKeyId, openNote, signNote } from './note.ts';
import { leafHash } from './tree.ts';

const vector = JSON.parse(readFileSync(new URL('../../../vectors/merkle/note.json', import.meta.url), 'utf8')) as {
	verifier: string;
	text: string;
	signature: string;
};

const spki = (key: KeyObject): Uint8Array => new Uint8Array(key.export({ format: 'der', type: 'spki' }));
const makeSigner = (): Signer => {
	const { publicKey, privateKey } = generateKeyPairSync('ed25519');
	return {
		publicKey: spki(publicKey),
		custody: 'software',
		sign: async (bytes) => new Uint8Array(sign(null, bytes, privateKey)),
	};
};
const broken = { code: 'ledger-broken' };
const checkpoint = { origin: 'site.example/hall', size: 20_852_163, root: leafHash(Uint8Array.of(1)) };

test('opens the published note, and nothing that differs from it', () => {
	const [name = '', id = '', encoded = ''] = vector.verifier.split('+');
	const raw = Buffer.from(encoded, 'base64').subarray(1);
	const key = { name, publicKey: new Uint8Array(Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw])) };
	assert.equal(Buffer.from(noteKeyId(key)).toString('hex'), id);
	const note = `${vector.text}\n${vector.signature}`;
	assert.equal(openNote(note, key), vector.text);
	const bad = {
		'another text': note.replace('answer', 'cause'),
		'no signature': `${vector.text}\n`,
		'no blank line': vector.text + vector.signature,
		'no last newline': note.slice(0, -1),
		'a hyphen for the dash': note.replace('—', '-'),
		'another name': note.replace('— PeterNeumann', '— PeterNeuman'),
		'a changed signature': note.replace('JkuBS9', 'JkuBS8'),
		'a short signature': note.replace('wJnAM=', 'wJn'),
		'loose base64': note.replace('nAM=', 'nAN='),
		'a control character': note.replace('If', '\tIf'),
	};
	for (const [what, text] of Object.entries(bad)) assert.throws(() => openNote(text, key), broken, what);
});

test('a checkpoint comes back from its note', async () => {
	const signer = makeSigner();
	const key = { name: checkpoint.origin, publicKey: signer.publicKey };
	const note = await signCheckpoint(checkpoint, signer);
	assert.match(note, /^site\.example\/hall\n20852163\n[A-Za-z0-9+/]{43}=\n\n— site\.example\/hall [A-Za-z0-9+/=]+\n$/);
	assert.deepEqual(openCheckpoint(note, key), checkpoint);
	assert.throws(() => openCheckpoint(note.replace('20852163', '20852164'), key), broken);
	assert.throws(() => openCheckpoint(note, { ...key, publicKey: makeSigner().publicKey }), broken);
});

test('signatures of others are passed over, and a wrong one of a known key is not', async () => {
	const [log, witness] = [makeSigner(), makeSigner()];
	const text = 'site.example/hall\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n';
	const signed = await signNote(text, 'site.example/hall', log);
	const witnessed = await signNote(text, 'witness.example', witness);
	const both = signed + witnessed.slice(text.length + 1);
	assert.equal(openNote(both, { name: 'site.example/hall', publicKey: log.publicKey }), text);
	assert.equal(openNote(both, { name: 'witness.example', publicKey: witness.publicKey }), text);
	const other = await signNote(`${text}more\n`, 'witness.example', witness);
	const mixed = both + other.slice(text.length + 6);
	assert.throws(() => openNote(mixed, { name: 'witness.example', publicKey: witness.publicKey }), broken);
});

test('a checkpoint of another ledger under the same key is refused', async () => {
	const signer = makeSigner();
	const text = 'site.example/weather\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n';
	const note = await signNote(text, 'site.example/hall', signer);
	assert.throws(() => openCheckpoint(note, { name: 'site.example/hall', publicKey: signer.publicKey }), broken);
});

test('only an Ed25519 key signs, under a proper name', async () => {
	const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	const ec: Signer = { publicKey: spki(publicKey), custody: 'software', sign: async () => new Uint8Array(64) };
	await assert.rejects(async () => signCheckpoint(checkpoint, ec), broken);
	for (const origin of ['', 'a b', 'a+b', 'a\nb']) {
		await assert.rejects(async () => signCheckpoint({ ...checkpoint, origin }, makeSigner()), broken, origin);
	}
});

test('a text that is no checkpoint is refused', () => {
	const root = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';
	assert.equal(readCheckpoint(`a\n0\n${root}\nextension\n`).size, 0);
	const bad = [
		`a\n01\n${root}\n`,
		`a\n-1\n${root}\n`,
		`a\n1e3\n${root}\n`,
		`a\n99999999999999999999\n${root}\n`,
		`\n1\n${root}\n`,
		`a\n1\n${root}`,
		`a\n1\n\n${root}\n`,
		`a\n1\n${root}\n\n`,
		`a\n1\nAAAA\n`,
		`a\n1\n${root.replace('FU=', 'FV=')}\n`,
		'a\n1\n',
		'',
	];
	for (const text of bad) assert.throws(() => readCheckpoint(text), broken, JSON.stringify(text));
});
