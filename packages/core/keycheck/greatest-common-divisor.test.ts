import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { greatestCommonDivisor } from './greatest-common-divisor.ts';
import { bitLength, fromBytes, inverse, modulo, power, squareRoot } from '../format/integer.ts';

const natural = fc.bigInt({ min: 0n, max: 1n << 2200n });

const euclid = (a: bigint, b: bigint): bigint => {
	while (b !== 0n) [a, b] = [b, a % b];
	return a;
};

test('the greatest common divisor is that of Euclid, for long, short, equal and unequal numbers', () => {
	fc.assert(
		fc.property(natural, natural, natural, (a, b, common) => {
			assert.equal(greatestCommonDivisor(a, b), euclid(a, b));
			assert.equal(greatestCommonDivisor(a * common, b * common), euclid(a, b) * common);
		}),
	);
	// Fibonacci numbers take most steps; powers of two have quotients that no leading bits decide.
	let [a, b] = [1n, 1n];
	for (let step = 0; step < 3000; step++) {
		[a, b] = [b, a + b];
		assert.equal(greatestCommonDivisor(a, b), 1n);
	}
	assert.equal(greatestCommonDivisor(1n << 2000n, (1n << 1000n) - 1n), 1n);
	assert.equal(greatestCommonDivisor(1n << 2000n, 1n << 1000n), 1n << 1000n);
	assert.equal(greatestCommonDivisor(0n, 0n), 0n);
});

test('the square root is the largest whose square is not above', () => {
	fc.assert(
		fc.property(natural, (n) => {
			const root = squareRoot(n);
			assert.ok(root * root <= n && (root + 1n) * (root + 1n) > n);
			assert.equal(squareRoot(n * n), n);
			if (n > 0n) assert.equal(squareRoot(n * n - 1n), n - 1n);
		}),
	);
});

test('bits, bytes, residues, powers and inverses', () => {
	fc.assert(
		fc.property(natural, natural, (n, m) => {
			assert.equal(bitLength(n), n === 0n ? 0 : n.toString(2).length);
			const modulus = m + 2n;
			const inverted = inverse(n, modulus);
			if (inverted === null) assert.notEqual(euclid(n, modulus), 1n);
			else assert.equal(modulo(n * inverted, modulus), 1n);
			assert.equal(modulo(-n, modulus), (modulus - (n % modulus)) % modulus);
			assert.equal(power(n, 5n, modulus), n ** 5n % modulus);
		}),
		{ numRuns: 50 },
	);
	assert.equal(fromBytes(Uint8Array.of(1, 0, 255)), 0x100ffn);
	assert.equal(fromBytes(new Uint8Array()), 0n);
});
