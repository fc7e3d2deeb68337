import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cofactorResidues, factorsOf, productTree, sharedFactors } from './batch-gcd.ts';
import { greatestCommonDivisor } from './greatest-common-divisor.ts';
import { healthyModulus, prime } from './keycheck.fixture.ts';

/** The definition. */
const slowly = (moduli: readonly bigint[]): bigint[] =>
	moduli.map((modulus, index) =>
		moduli.reduce((rest, other, at) => (at === index ? rest : (rest * other) % modulus), 1n % modulus),
	);

const distinct = fc.uniqueArray(
	fc.oneof(fc.bigInt({ min: 2n, max: 1n << 64n }), fc.bigInt({ min: 2n, max: 1n << 3000n })),
	{ minLength: 1, maxLength: 40 },
);

test('each residue is the product of the others, for numbers of any size', () => {
	fc.assert(fc.property(distinct, (moduli) => assert.deepEqual(cofactorResidues(productTree(moduli)), slowly(moduli))));
});

test('shares of the moduli in several trees give what one tree gives', () => {
	fc.assert(
		fc.property(distinct, fc.integer({ min: 1, max: 5 }), (moduli, shares) => {
			const size = Math.ceil(moduli.length / shares);
			const parts: bigint[][] = [];
			for (let start = 0; start < moduli.length; start += size) parts.push(moduli.slice(start, start + size));
			const trees = parts.map((part) => productTree(part));
			const residues = trees.flatMap((tree) =>
				cofactorResidues(
					tree,
					trees.filter((other) => other !== tree).map(({ root }) => root.product),
				),
			);
			assert.deepEqual(residues, slowly(moduli));
		}),
	);
});

test('planted shared primes are found among 120 moduli of 2048 bits, and nothing else', () => {
	const moduli = Array.from({ length: 120 }, healthyModulus);
	const [p, q, r, s] = Array.from({ length: 4 }, () => prime(1024)) as [bigint, bigint, bigint, bigint];
	// 17 and 103 share p; 44, 45 and 119 share all their primes in a ring.
	const planted = new Map([
		[17, p * prime(1024)],
		[103, p * prime(1024)],
		[44, q * r],
		[45, r * s],
		[119, s * q],
	]);
	for (const [index, modulus] of planted) moduli[index] = modulus;
	const done: number[] = [];
	const factors = sharedFactors(moduli, (count) => done.push(count));
	for (const [index, modulus] of moduli.entries()) {
		const expected = [17, 103].includes(index) ? p : planted.has(index) ? modulus : 1n;
		assert.equal(factors[index], expected);
	}
	assert.equal(done.length, 240);
	assert.equal(done.at(-1), 120);
});

test('a tree that takes no part in the search is a bug', () => {
	assert.throws(() => productTree([]), /AssertionError|assert/);
	assert.throws(() => productTree([15n, 1n]));
	assert.deepEqual(sharedFactors([]), []);
	assert.deepEqual(factorsOf([15n], cofactorResidues(productTree([15n]))), [1n]);
	assert.equal(greatestCommonDivisor(15n, 21n), 3n);
});
