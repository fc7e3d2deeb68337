import { count, type FoundKey, groupKeys, isRsa, type KeyFinding } from './found-key.ts';
import { bitLength } from '../format/integer.ts';
import { primesBelow } from './primes.ts';

/** The primes whose product divides M for every size of key that the flawed library made. */
const PRIMES = primesBelow(168);
const PRODUCT = PRIMES.reduce((product, prime) => product * BigInt(prime), 1n);

/** For each of {@link PRIMES} the residues that powers of 65537 take. */
const residues: readonly (readonly [prime: bigint, powers: ReadonlySet<bigint>])[] = PRIMES.map((prime) => {
	const powers = new Set<bigint>();
	for (let power = 1n; !powers.has(power); power = (power * 65_537n) % BigInt(prime)) powers.add(power);
	return [BigInt(prime), powers];
});

/** How likely a random modulus, prime to small primes, bears the fingerprint: 2^-27.8. */
export const rocaFalseAlarmRate = residues.reduce(
	(rate, [prime, powers]) => rate * (powers.size / (Number(prime) - 1)),
	1,
);

/**
 * RSA keys of Infineon's flawed library (ROCA, CVE-2017-15361; Nemec et al., CCS 2017): primes of the form
 * k·M + (65537^a mod M), so that the modulus is a power of 65537 modulo every small prime.
 *
 * False alarms: 2^-27.8 for each healthy key ({@link rocaFalseAlarmRate}): one in 240 million.
 */
export const checkRoca = (keys: Iterable<FoundKey>): KeyFinding[] => {
	const groups = groupKeys([...keys].filter(isRsa), ({ value }) =>
		bearsRocaFingerprint(value.modulus) ? bitLength(value.modulus) : null,
	);
	return [...groups].map(([bits, members]) => ({
		check: 'roca',
		severity: bits <= 2048 ? 'critical' : 'high',
		keys: members.map((key) => ({ key })),
		detail: `${count(members.length, 'RSA key')} of ${bits} bits with the fingerprint of the flawed Infineon library (ROCA, CVE-2017-15361).`,
		attack:
			bits <= 2048
				? 'The modulus can be factored with rented computers, in hours to some weeks by its size; the private key follows.'
				: 'The key is far weaker than its size; no practical attack on this size is published.',
		mend: 'Update or replace the part that made these keys, and make new ones of another kind (P-256).',
	}));
};

export const bearsRocaFingerprint = (modulus: bigint): boolean => {
	if (modulus <= PRODUCT) return false;
	const rest = modulus % PRODUCT;
	return residues.every(([prime, powers]) => powers.has(rest % prime));
};
