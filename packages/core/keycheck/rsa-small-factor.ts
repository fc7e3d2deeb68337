import { count, type FoundKey, type FoundRsaKey, isRsa, type KeyFinding } from './found-key.ts';
import { greatestCommonDivisor } from './greatest-common-divisor.ts';
import { primesBelow } from './primes.ts';

/** Primes are looked for below this. */
const LIMIT = 2 ** 16;

/** The product of all primes below the limit: 94,000 bits. */
const primorial = (factors: readonly bigint[]): bigint => {
	let level = factors;
	while (level.length > 1) {
		const next: bigint[] = [];
		for (let index = 0; index < level.length; index += 2) next.push((level[index] ?? 1n) * (level[index + 1] ?? 1n));
		level = next;
	}
	return level[0] ?? 1n;
};

const SMALL = primorial(primesBelow(LIMIT).map(BigInt));

/**
 * RSA moduli with a prime factor below 65536: a faulty generator, a flipped bit, or a number that never was a key.
 * `isDivisible` is {@link hasSmallFactor} of the key's modulus, which takes a tenth of a millisecond. False alarms: none.
 */
export const checkSmallFactors = (
	keys: Iterable<FoundKey>,
	isDivisible: (key: FoundRsaKey) => boolean,
): KeyFinding[] => {
	const divisible = [...keys].filter((key) => isRsa(key) && isDivisible(key));
	if (divisible.length === 0) return [];
	return [
		{
			check: 'rsa-small-factor',
			severity: 'critical',
			keys: divisible.map((key) => ({ key })),
			detail: `${count(divisible.length, 'RSA key')} with a prime factor below ${LIMIT.toLocaleString('en-GB')}: no product of two large primes.`,
			attack:
				'Anybody starts to factor the modulus by plain division, and may finish; a damaged key may verify what its owner never signed.',
			mend: 'Check the file for damage against the device. If the key is truly this, make a new one with another library or part.',
		},
	];
};

/** True for an RSA modulus with a prime factor below 65536. */
export const hasSmallFactor = (modulus: bigint): boolean => greatestCommonDivisor(modulus, SMALL % modulus) !== 1n;
