import assert from 'node:assert/strict';
import { createSign, generateKeyPairSync, hash, type KeyObject, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { type Curve, curves } from '../format/curve.ts';
import { multiply } from '../format/curve-point.ts';
import { fromBytes, inverse, modulo } from '../format/integer.ts';
import { findingsOf } from './keycheck.fixture.ts';
import type { SignatureMaterial } from './material.ts';

interface Holder {
	readonly spki: Uint8Array;
	readonly secret: bigint;
	readonly curve: Curve;
}

const holder = (namedCurve: 'P-256' | 'P-384' = 'P-256'): Holder & { readonly privateKey: KeyObject } => {
	const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
	const curve = curves.get(namedCurve);
	assert.ok(curve);
	const secret = fromBytes(Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url'));
	return { spki: publicKey.export({ type: 'spki', format: 'der' }), secret, curve, privateKey };
};

/** ECDSA with a nonce of one's own choice, as a broken device does it. */
const sign = ({ spki, secret, curve }: Holder, nonce: bigint, what: string): SignatureMaterial => {
	const digest = hash('sha256', what, 'buffer');
	const r = modulo(multiply(curve, curve, nonce)?.x ?? 0n, curve.n);
	const s = modulo((inverse(nonce, curve.n) ?? 0n) * (fromBytes(digest) + r * secret), curve.n);
	return { kind: 'signature', at: { file: 'log', label: what }, spki, digest, r, s };
};

test('one nonce under one key: the key is recovered, with either sign of s, on P-256 and P-384', () => {
	for (const name of ['P-256', 'P-384'] as const) {
		const device = holder(name);
		const nonce = fromBytes(randomBytes(31));
		const [one, two, three] = ['a', 'b', 'c'].map((what) => sign(device, nonce, what));
		assert.ok(one && two && three);
		const flipped = { ...two, s: device.curve.n - two.s };
		const findings = findingsOf([sign(device, nonce + 1n, 'other'), one, flipped, three]);
		assert.equal(findings.length, 1);
		assert.equal(findings[0]?.severity, 'critical');
		assert.match(findings[0]?.detail ?? '', /3 signatures .* 1 private key computed/);
		assert.deepEqual(
			findings[0]?.members.map(({ label }) => label),
			['a', 'b', 'c'],
		);
		const text = JSON.stringify(findings);
		for (const known of [device.secret, nonce])
			assert.ok(!text.includes(known.toString()) && !text.includes(known.toString(16)));
	}
});

test('one recovered key opens the others that used its nonce', () => {
	const [one, two, three] = [holder(), holder(), holder()] as const;
	const nonce = fromBytes(randomBytes(31));
	const findings = findingsOf([
		sign(two, nonce, 'x'),
		sign(one, nonce, 'y'),
		sign(three, nonce, 'z'),
		sign(one, nonce, 'w'),
	]);
	assert.match(findings[0]?.detail ?? '', /4 signatures .* 3 private keys computed/);
	assert.equal(new Set(findings[0]?.members.map(({ fingerprint }) => fingerprint)).size, 3);
});

test('one nonce under two keys is told, though no key can be computed', () => {
	const nonce = fromBytes(randomBytes(31));
	const [finding, ...rest] = findingsOf([sign(holder(), nonce, 'x'), sign(holder(), nonce, 'y')]);
	assert.equal(finding?.severity, 'high');
	assert.deepEqual(rest, []);
});

test('the same message signed again, copied r, and numbers out of range raise no alarm', () => {
	const [device, other] = [holder(), holder()];
	const nonce = fromBytes(randomBytes(31));
	const one = sign(device, nonce, 'a');
	const { n } = device.curve;
	assert.deepEqual(findingsOf([one, one, { ...one, s: n - one.s }]), []);
	// A forger copies r.
	assert.deepEqual(findingsOf([one, { ...one, digest: randomBytes(32), s: 5n }]), []);
	assert.deepEqual(findingsOf([one, { ...one, spki: other.spki }]), []);
	for (const bad of [0n, -1n, n, n + one.r, 1n << 5000n]) {
		assert.deepEqual(
			findingsOf([
				{ ...one, r: bad },
				{ ...one, r: bad, digest: randomBytes(32) },
			]),
			[],
		);
		assert.deepEqual(
			findingsOf([
				{ ...one, s: bad },
				{ ...one, s: bad, digest: randomBytes(32) },
			]),
			[],
		);
	}
	assert.deepEqual(
		findingsOf([
			{ ...one, spki: randomBytes(50) },
			{ ...one, spki: new Uint8Array(), digest: new Uint8Array() },
		]),
		[],
	);
});

test('2,000 signatures of OpenSSL by ten keys: nothing', () => {
	const holders = Array.from({ length: 10 }, () => holder());
	const materials = Array.from({ length: 2000 }, (_, index): SignatureMaterial => {
		const device = holders[index % 10];
		assert.ok(device);
		const signature = createSign('sha256')
			.update(`${index}`)
			.sign({ key: device.privateKey, dsaEncoding: 'ieee-p1363' });
		return {
			kind: 'signature',
			at: { file: 'log', label: `${index}` },
			spki: device.spki,
			digest: hash('sha256', `${index}`, 'buffer'),
			r: fromBytes(signature.subarray(0, 32)),
			s: fromBytes(signature.subarray(32)),
		};
	});
	assert.deepEqual(findingsOf(materials), []);
});

test('certificates found many times over take nothing from the proof of a reuse', () => {
	const device = holder();
	const repeated = Array.from({ length: 500 }, (_, index) => sign(device, BigInt(1000 + index), `${index}`));
	const reused = ['a', 'b'].map((what) => sign(device, 7n, what));
	const [finding, ...rest] = findingsOf([...repeated, ...repeated, ...reused]);
	assert.equal(finding?.severity, 'critical');
	assert.deepEqual(rest, []);
});

test('a flood of signatures with one r costs a bounded time and is still told', () => {
	const device = holder();
	const one = sign(device, 7n, 'a');
	const flood = Array.from({ length: 3000 }, (_, index) => ({ ...one, digest: hash('sha256', `${index}`, 'buffer') }));
	const started = process.cpuUsage();
	assert.equal(findingsOf(flood).length, 1);
	assert.ok(process.cpuUsage(started).user < 30_000_000);
});
