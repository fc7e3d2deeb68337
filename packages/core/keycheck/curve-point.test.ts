import assert from 'node:assert/strict';
import { createECDH, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { curves } from '../format/curve.ts';
import { isOnCurve, multiply, readPoint } from '../format/curve-point.ts';
import { flawOf25519 } from './edwards.ts';
import { fromBytes } from '../format/integer.ts';
import { pointFlaw } from './weak-curve.ts';

const opensslNames: Readonly<Record<string, string>> = {
	'P-192': 'prime192v1',
	'P-224': 'secp224r1',
	'P-256': 'prime256v1',
	'P-384': 'secp384r1',
	'P-521': 'secp521r1',
};

for (const [name, curve] of curves) {
	test(`${name}: public points, compressed and not, are those of OpenSSL`, () => {
		const ecdh = createECDH(opensslNames[name] ?? name);
		for (let round = 0; round < 3; round++) {
			const expected = readPoint(curve, ecdh.generateKeys());
			assert.ok(isOnCurve(curve, expected));
			const { x, y } = multiply(curve, curve, fromBytes(ecdh.getPrivateKey())) ?? {};
			assert.deepEqual({ x, y }, expected);
			assert.deepEqual(readPoint(curve, ecdh.getPublicKey(null, 'compressed')), expected);
		}
		assert.equal(multiply(curve, curve, curve.n), null);
		assert.deepEqual(multiply(curve, { x: curve.x, y: curve.y }, curve.n + 1n), { x: curve.x, y: curve.y });
	});
}

test('points off the curve, of another length, at infinity and damaged are told', () => {
	const point = createECDH('prime256v1').generateKeys();
	assert.equal(pointFlaw('P-256', point), null);
	for (let at = 1; at < point.length; at += 7) {
		const damaged = Buffer.from(point);
		damaged[at] = (damaged[at] ?? 0) ^ 0x10;
		assert.match(pointFlaw('P-256', damaged) ?? '', /not on the curve/);
	}
	for (const bad of [Buffer.of(0), point.subarray(0, 64), Buffer.alloc(0), Buffer.alloc(65, 4)]) {
		assert.match(pointFlaw('P-256', bad) ?? '', /not on the curve/);
	}
});

const raw = (type: 'ed25519' | 'x25519'): Buffer =>
	(type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519')).publicKey
		.export({ type: 'spki', format: 'der' })
		.subarray(-32);

test('Ed25519 and X25519 keys of OpenSSL are sound', () => {
	for (let round = 0; round < 20; round++) {
		assert.equal(flawOf25519('Ed25519', raw('ed25519')), null);
		assert.equal(flawOf25519('X25519', raw('x25519')), null);
	}
	// Half of all numbers are no point.
	const flaws = Array.from({ length: 40 }, (_, index) => flawOf25519('Ed25519', Buffer.alloc(32, index + 1)));
	assert.ok(flaws.filter((flaw) => flaw === 'a point that is not on the curve').length > 8);
	assert.match(flawOf25519('X25519', Buffer.alloc(31)) ?? '', /length/);
});

test('every point of low order is told; OpenSSL refuses to agree with those of X25519', () => {
	const little = [
		'00'.repeat(32),
		`01${'00'.repeat(31)}`,
		`ec${'ff'.repeat(30)}7f`,
		'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
		'5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
	];
	const { privateKey } = generateKeyPairSync('x25519');
	for (const hex of little) {
		const u = Buffer.from(hex, 'hex');
		assert.equal(flawOf25519('X25519', u), 'a point of low order');
		const publicKey = { key: { kty: 'OKP', crv: 'X25519', x: u.toString('base64url') }, format: 'jwk' } as const;
		assert.throws(() => diffieHellman({ privateKey, publicKey: publicKey as never }));
	}
	const order1 = `01${'00'.repeat(31)}`;
	const order2 = `ec${'ff'.repeat(30)}7f`;
	const order8 = '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05';
	for (const hex of [order1, order2, '00'.repeat(32), order8]) {
		assert.equal(flawOf25519('Ed25519', Buffer.from(hex, 'hex')), 'a point of low order');
	}
});
