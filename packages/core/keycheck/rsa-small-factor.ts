import { count, type FoundKey, type FoundRsaKey, isRsa, type KeyFinding } from './found-key.ts';
import { greatestCommonDivisor } from './greatest-common-divisor.ts';
import { primesBelow } from './primes.ts';

/** Primes are looked for below this. */
const LIMIT = 2 ** 16;

const productOf = (factors: readonly bigint[]): bigint => {
	let level = factors;
	while (level.length > 1) {
		const next: bigint[] = [];
		for (let index = 0; index < level.length; index += 2) next.push((level[index] ?? 1n) * (level[index + 1] ?? 1n));
		level = next;
	}
	return level[0] ?? 1n;
};

let primorial: bigint | null = null;

/** The product of all primes below the limit: 94,000 bits, made when an RSA key is first met. */
const smallPrimes = (): bigint => {
	if (primorial !== null) return primorial;
	// Three primes of 16 bits have an exact product in a double.
	const primes = primesBelow(LIMIT);
	const triples: bigint[] = [];
	for (let index = 0; index < primes.length; index += 3)
		triples.push(BigInt((primes[index] ?? 1) * (primes[index + 1] ?? 1) * (primes[index + 2] ?? 1)));
	primorial = productOf(triples);
	return primorial;
};

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
			detail: `${count(divisible.length, 'RSA key')} with a prime factor below ${LIMIT.toLocaleString('en-GB')}, where RSA takes two large primes.`,
			attack:
				'Anybody can begin to factor the modulus by plain division, and may finish. A damaged key may accept signatures that its owner never made.',
			mend: 'Compare the file with the device: it may be damaged. If this is the key, make a new one with another library or chip.',
		},
	];
};

/** True for an RSA modulus with a prime factor below 65536. */
export const hasSmallFactor = (modulus: bigint): boolean =>
	greatestCommonDivisor(modulus, smallPrimes() % modulus) !== 1n;
