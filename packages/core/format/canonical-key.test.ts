import assert from 'node:assert/strict';
import { ECDH, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { canonicalPublicKey, isCanonicalKey } from './canonical-key.ts';
import { type Curve, curves } from './curve.ts';
import { encodeDer } from './der.ts';
import { derBits, derInteger, derNull, derOctets, derOid, derSequence } from './der-types.ts';
import { keyThumbprint } from './public-key.ts';

const spkiOf = (key: KeyObject): Uint8Array => new Uint8Array(key.export({ type: 'spki', format: 'der' }));
const octets = (value: bigint, size: number): Buffer => Buffer.from(value.toString(16).padStart(2 * size, '0'), 'hex');

const EC = derOid('1.2.840.10045.2.1');
const P256 = derOid('1.2.840.10045.3.1.7');

/** ECParameters (SEC 1 C.2). */
const written = ({ p, a, b, x, y, n, size }: Curve, base: 'whole' | 'compressed' | 'other' = 'whole'): Uint8Array =>
	derSequence(
		derInteger(1),
		derSequence(derOid('1.2.840.10045.1.1'), derInteger(octets(p, size))),
		derSequence(derOctets(octets(a, size)), derOctets(octets(b, size)), derBits(octets(7n, 20))),
		derOctets(
			base === 'compressed'
				? Buffer.concat([Uint8Array.of(2 + Number(y & 1n)), octets(x, size)])
				: Buffer.concat([Uint8Array.of(4), octets(x, size), octets(base === 'other' ? y - 1n : y, size)]),
		),
		derInteger(octets(n, size)),
		derInteger(1),
	);

const sameKey = (one: Uint8Array, forms: readonly [string, Uint8Array][]): void => {
	assert(isCanonicalKey(one));
	for (const [what, form] of forms) {
		assert.deepEqual(canonicalPublicKey(form), one, what);
		assert.equal(isCanonicalKey(form), false, what);
		assert.deepEqual(keyThumbprint(form), keyThumbprint(one), what);
	}
};

test('an EC key is one key by every form of its point, its algorithm and its curve', () => {
	const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
	const point = spkiOf(publicKey).subarray(-65);
	const as = (form: 'compressed' | 'hybrid') =>
		new Uint8Array(ECDH.convertKey(point, 'prime256v1', undefined, undefined, form) as Buffer);
	const curve = curves.get('P-256');
	assert(curve !== undefined);
	sameKey(spkiOf(publicKey), [
		['compressed', derSequence(derSequence(EC, P256), derBits(as('compressed')))],
		['hybrid', derSequence(derSequence(EC, P256), derBits(as('hybrid')))],
		['id-ecDH', derSequence(derSequence(derOid('1.3.132.1.12'), P256), derBits(point))],
		['explicit', derSequence(derSequence(EC, written(curve)), derBits(point))],
		['explicit, compressed', derSequence(derSequence(EC, written(curve, 'compressed')), derBits(as('compressed')))],
	]);
	// CVE-2020-0601: the curve with another base point is another curve.
	assert.equal(canonicalPublicKey(derSequence(derSequence(EC, written(curve, 'other')), derBits(point))), null);
	const belied = Uint8Array.from(as('hybrid'));
	belied[0] = (belied[0] ?? 0) ^ 1;
	assert.equal(canonicalPublicKey(derSequence(derSequence(EC, P256), derBits(belied))), null);
});

test('every curve with a name has its canonical form', () => {
	for (const name of ['secp384r1', 'secp521r1', 'secp256k1', 'brainpoolP256r1', 'secp224r1']) {
		assert(isCanonicalKey(spkiOf(generateKeyPairSync('ec', { namedCurve: name }).publicKey)), name);
	}
	for (const { publicKey } of [
		generateKeyPairSync('ed25519'),
		generateKeyPairSync('x25519'),
		generateKeyPairSync('ed448'),
	]) {
		assert(isCanonicalKey(spkiOf(publicKey)));
	}
});

test('an RSA key is one key with and without NULL, as RSASSA-PSS and with long or headless integers', () => {
	const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
	const one = spkiOf(publicKey);
	const n = Buffer.from(publicKey.export({ format: 'jwk' }).n ?? '', 'base64url');
	const rsa = derOid('1.2.840.113549.1.1.1');
	const e = derInteger(65_537);
	const key = derBits(derSequence(derInteger(n), e));
	sameKey(one, [
		['without NULL', derSequence(derSequence(rsa), key)],
		['PSS', derSequence(derSequence(derOid('1.2.840.113549.1.1.10')), key)],
		['PSS, restricted', derSequence(derSequence(derOid('1.2.840.113549.1.1.10'), derSequence()), key)],
		['long', derSequence(derSequence(rsa, derNull), derBits(derSequence(encodeDer(2, Uint8Array.of(0, 0), n), e)))],
		['headless', derSequence(derSequence(rsa, derNull), derBits(derSequence(encodeDer(2, n), e)))],
	]);
});

test('Ed25519 has no parameters, X25519 no 256th bit', () => {
	const ed = spkiOf(generateKeyPairSync('ed25519').publicKey);
	sameKey(ed, [['NULL', derSequence(derSequence(derOid('1.3.101.112'), derNull), derBits(ed.subarray(-32)))]]);
	const x = spkiOf(generateKeyPairSync('x25519').publicKey);
	const high = Uint8Array.from(x);
	high[high.length - 1] = (high.at(-1) ?? 0) | 0x80;
	sameKey(x, [['high bit', high]]);
});

test('what is no key of a known kind has no canonical form, and the thumbprint of its bytes', () => {
	const dsa = spkiOf(generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }).publicKey);
	const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
	const off = spkiOf(publicKey);
	off[off.length - 1] = (off.at(-1) ?? 0) ^ 1;
	for (const bytes of [dsa, off, new Uint8Array(), Uint8Array.of(0x30, 0), randomText]) {
		assert.equal(canonicalPublicKey(bytes), null);
		assert.equal(keyThumbprint(bytes).length, 32);
	}
});

const randomText = new Uint8Array(Buffer.from('not a key'));
