import { count, type FoundKey, groupKeys, isRsa, type KeyFinding } from './found-key.ts';
import { greatestCommonDivisor } from './greatest-common-divisor.ts';
import { bitLength, inverse, modulo } from '../format/integer.ts';
import { primesBelow } from './primes.ts';

/** Moduli of at least so many bits were made with the first so many primes in M (Nemec et al., table 1). */
const tables: readonly (readonly [bits: number, primes: number])[] = [
	[3968, 225],
	[1984, 126],
	[992, 71],
	[0, 39],
];

/** A prime of M with the logarithm to 65537 of each power of 65537 modulo it, and how many there are. */
interface SmallPrime {
	readonly prime: bigint;
	readonly logarithms: ReadonlyMap<bigint, bigint>;
	readonly order: bigint;
}

/** The first so many primes with what {@link isRoca} asks of them, made when they are first needed. */
const smallPrimes: SmallPrime[] = [];

const firstPrimes = (count: number): readonly SmallPrime[] => {
	for (const small of primesBelow(1428).slice(smallPrimes.length, count)) {
		const prime = BigInt(small);
		const logarithms = new Map<bigint, bigint>();
		for (let power = 1n; !logarithms.has(power); power = (power * 65_537n) % prime)
			logarithms.set(power, BigInt(logarithms.size));
		smallPrimes.push({ prime, logarithms, order: BigInt(logarithms.size) });
	}
	return smallPrimes.slice(0, count);
};

/** M for a table of so many primes. */
const products = new Map<number, bigint>();

const productOf = (count: number): bigint => {
	const known = products.get(count) ?? firstPrimes(count).reduce((product, { prime }) => product * prime, 1n);
	products.set(count, known);
	return known;
};

/**
 * How likely a random modulus, prime to the primes of M, is a power of 65537 modulo M of the shortest keys: 2^-154. Longer keys
 * have a longer M, and are less likely.
 */
export const rocaFalseAlarmRate = (): number => {
	let [rate, period] = [1, 1n];
	for (const { prime, order } of firstPrimes(39)) {
		const common = greatestCommonDivisor(period, order);
		rate *= Number(order / common) / (Number(prime) - 1);
		period *= order / common;
	}
	return rate;
};

/**
 * RSA keys of Infineon's flawed library (ROCA, CVE-2017-15361; Nemec et al., CCS 2017): primes of the form
 * k·M + (65537^a mod M), so that the modulus too is a power of 65537 modulo M. That it is one modulo each prime of M, the usual
 * fingerprint, is not enough: 1 healthy key in 240 million is, and others are made to look so. The exponents must agree.
 *
 * False alarms: 2^-154 for each healthy key ({@link rocaFalseAlarmRate}).
 */
export const checkRoca = (keys: Iterable<FoundKey>): KeyFinding[] => {
	const groups = groupKeys([...keys].filter(isRsa), ({ value }) =>
		isRoca(value.modulus) ? bitLength(value.modulus) : null,
	);
	return [...groups].map(([bits, members]) => ({
		check: 'roca',
		severity: bits <= 2048 ? 'critical' : 'high',
		keys: members.map((key) => ({ key })),
		detail: `${count(members.length, 'RSA key')} of ${bits} bits made by the flawed Infineon library (ROCA, CVE-2017-15361).`,
		attack:
			bits <= 2048
				? 'The modulus can be factored with rented computers, in hours to some weeks by its size; the private key follows.'
				: 'The key is far weaker than its size; no practical attack on this size is published.',
		mend: 'Update or replace the chip that made these keys, and make new keys of another kind (P-256).',
	}));
};

/** True where one exponent makes the modulus a power of 65537 modulo all of M (a discrete logarithm, prime by prime). */
export const isRoca = (modulus: bigint): boolean => {
	const bits = bitLength(modulus);
	const primes = tables.find(([least]) => bits >= least)?.[1] ?? 39;
	const product = productOf(primes);
	if (modulus <= product) return false;
	const rest = modulus % product;
	let [exponent, period] = [0n, 1n];
	for (const { prime, logarithms, order } of firstPrimes(primes)) {
		const logarithm = logarithms.get(rest % prime);
		if (logarithm === undefined) return false;
		const common = greatestCommonDivisor(period, order);
		if ((logarithm - exponent) % common !== 0n) return false;
		// Chinese remainders where the orders are not prime to each other.
		const step = order / common;
		const lift = step === 1n ? 0n : ((logarithm - exponent) / common) * (inverse(period / common, step) ?? 0n);
		exponent += period * modulo(lift, step);
		period *= step;
	}
	return true;
};
