import assert from 'node:assert/strict';
import { createECDH } from 'node:crypto';
import { test } from 'node:test';
import { curves } from '../format/curve.ts';
import { fromBytes } from '../format/integer.ts';
import { curveNames } from './curve-name.ts';
import { isGuessable } from './guessable-key.ts';

const names: readonly (readonly [string, string])[] = [
	['P-224', 'secp224r1'],
	['P-256', 'prime256v1'],
	['P-384', 'secp384r1'],
	['P-521', 'secp521r1'],
	['secp256k1', 'secp256k1'],
	['brainpoolP256r1', 'brainpoolP256r1'],
	['brainpoolP384r1', 'brainpoolP384r1'],
	['brainpoolP512r1', 'brainpoolP512r1'],
];

/** Whether OpenSSL's public key of this private half is guessed; null where that is no private key. */
const guessed = (name: string, openssl: string, secret: bigint): boolean | null => {
	const { n, size } = curves.get(name) ?? assert.fail(name);
	if (secret < 1n || secret >= n) return null;
	const key = createECDH(openssl);
	key.setPrivateKey(Buffer.from(secret.toString(16).padStart(2 * size, '0'), 'hex'));
	const curve = [...curveNames.values()].find((one) => one.name === name) ?? null;
	return isGuessable({ kind: 'curve', curve, point: key.getPublicKey() });
};

for (const [name, openssl] of names) {
	test(`${name}: the first, some and the last of each row of private halves are guessed, and their neighbours are not`, () => {
		const { n, size } = curves.get(name) ?? assert.fail(name);
		const high = 1n << BigInt(8 * (size - 1));
		const repeated = fromBytes(Buffer.alloc(size, 1));
		const highest = (one: bigint): bigint => (n - 1n) / one;
		for (const [one, most] of [
			[1n, 256n],
			[high, 255n],
			[repeated, 255n],
		] as const) {
			const last = highest(one) < most ? highest(one) : most;
			for (const times of [1n, 2n, 3n, 4n, last / 2n, last - 1n, last])
				if (times >= 1n && times <= last)
					assert.equal(guessed(name, openssl, times * one), true, `${times} times ${one.toString(16)}`);
			// Beyond the order they would begin again, with numbers that a sound generator may draw.
			assert.notEqual(guessed(name, openssl, ((last + 1n) * one) % n), true);
			assert.equal(guessed(name, openssl, last * one - 1n), one === 1n);
		}
		// 256 in the other order of octets.
		assert.equal(guessed(name, openssl, 1n << BigInt(8 * (size - 2))), true);
	});
}
