import { count, type FoundKey, isRsa, type KeyFinding } from './found-key.ts';
import { squareRoot } from '../format/integer.ts';

/** Random primes of b bits are found only when they agree in their upper half: this many steps add a few bits. */
const STEPS = 100n;

/**
 * RSA moduli whose primes are close together, which Fermat's method factors at once (FIPS 186-5 A.1.1 asks for a distance;
 * CVE-2022-26320). False alarms: none, each is factored.
 */
export const checkFermat = (keys: Iterable<FoundKey>): KeyFinding[] => {
	const close = [...keys].filter((key) => isRsa(key) && hasClosePrimes(key.value.modulus));
	if (close.length === 0) return [];
	return [
		{
			check: 'fermat',
			severity: 'critical',
			keys: close.map((key) => ({ key })),
			detail: `${count(close.length, 'RSA key')} made of two primes that lie too close together.`,
			attack: 'Anybody can factor the modulus in a moment (Fermat’s method) and has the private key.',
			mend: 'Make new keys with another library or chip, and report the one that made these.',
		},
	];
};

/** True when n = (a + b)(a − b) with a at most {@link STEPS} above the root of n, and no factor is 1. */
export const hasClosePrimes = (n: bigint): boolean => {
	if (n < 9n || n % 2n === 0n) return false;
	let a = squareRoot(n);
	if (a * a === n) return true;
	a += 1n;
	let square = a * a - n;
	for (const last = a + STEPS; a < last; a += 1n) {
		if (squaresModulo64[Number(BigInt.asUintN(6, square))] === true) {
			const b = squareRoot(square);
			if (b * b === square) return a - b > 1n;
		}
		square += 2n * a + 1n;
	}
	return false;
};

/** Twelve of 64 residues are squares: spares most roots. */
const squaresModulo64: readonly boolean[] = Array.from({ length: 64 }, (_, residue) =>
	Array.from({ length: 64 }, (_, root) => (root * root) % 64).includes(residue),
);
