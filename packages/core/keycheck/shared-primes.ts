import { count, type FoundRsaKey, type KeyFinding } from './found-key.ts';
import { greatestCommonDivisor } from './greatest-common-divisor.ts';

/** Pairs of moduli that are compared one by one to tell who shares with whom; beyond it they are told together. */
const PAIRS = 200_000;

/**
 * RSA keys that share a prime (Heninger et al., USENIX Security 2012: keys made at first boot, before there was entropy), or
 * a whole modulus. `factors` is what the batch GCD gives for each modulus.
 *
 * False alarms: none, each is factored. Equal primes by chance: below 2^-900 for 100,000 keys of 2048 bits.
 */
export const checkSharedPrimes = (
	byModulus: ReadonlyMap<bigint, readonly FoundRsaKey[]>,
	factors: ReadonlyMap<bigint, bigint>,
): KeyFinding[] => {
	const findings: KeyFinding[] = [];
	for (const moduli of components(factors)) {
		const keys = moduli.flatMap((modulus) => byModulus.get(modulus) ?? []);
		findings.push({
			check: 'batch-gcd',
			severity: 'critical',
			keys: keys.map((key) => ({ key })),
			detail: `${count(keys.length, 'RSA key')} have prime factors in common.`,
			attack: 'Anybody with two of these public keys can compute both private keys, in a moment.',
			mend: 'Make new keys once the device has gathered entropy, or in a secure element. Revoke these keys, and distrust every key of this model.',
		});
	}
	for (const [modulus, keys] of byModulus) {
		if (keys.length < 2 || (factors.get(modulus) ?? 1n) !== 1n) continue;
		findings.push({
			check: 'batch-gcd',
			severity: 'critical',
			keys: keys.map((key) => ({ key })),
			detail: `${count(keys.length, 'RSA key')} have the same modulus with different exponents.`,
			attack: 'The holder of one of the private keys can factor the modulus and compute the others.',
			mend: 'Make a different key for each device and purpose.',
		});
	}
	return findings;
};

/** Moduli that hang together by shared primes. */
const components = (factors: ReadonlyMap<bigint, bigint>): bigint[][] => {
	const sharing = [...factors].filter(([, factor]) => factor !== 1n);
	const byPrime = new Map<bigint, bigint[]>();
	const join = (prime: bigint, modulus: bigint): void => {
		const members = byPrime.get(prime);
		if (members === undefined) byPrime.set(prime, [modulus]);
		else members.push(modulus);
	};
	const whole: bigint[] = [];
	for (const [modulus, factor] of sharing) {
		if (factor === modulus) whole.push(modulus);
		else for (const prime of new Set([factor, modulus / factor])) join(prime, modulus);
	}
	// Both primes of these are shared: they belong with every other that has one of them.
	let pairs = PAIRS;
	const primes = [...byPrime.keys()];
	for (const [index, modulus] of whole.entries()) {
		for (let other = 0; other < primes.length && pairs > 0; other++, pairs--) {
			const prime = primes[other] ?? 0n;
			if (modulus % prime === 0n) join(prime, modulus);
		}
		for (let other = index + 1; other < whole.length && pairs > 0; other++, pairs--) {
			const partner = whole[other] ?? 0n;
			const prime = greatestCommonDivisor(modulus, partner);
			if (prime !== 1n) for (const one of [modulus, partner]) join(prime, one);
		}
		if (pairs <= 0) join(0n, modulus);
	}
	return connected([...byPrime.values()]);
};

/** Groups with a member in common made one. */
const connected = (groups: readonly (readonly bigint[])[]): bigint[][] => {
	const leader = new Map<bigint, bigint>();
	const find = (one: bigint): bigint => {
		let top = one;
		for (let above = leader.get(top); above !== undefined && above !== top; above = leader.get(top)) top = above;
		leader.set(one, top);
		return top;
	};
	for (const group of groups) {
		const [first] = group;
		if (first !== undefined) for (const one of group) leader.set(find(one), find(first));
	}
	const members = new Map<bigint, bigint[]>();
	for (const one of leader.keys()) {
		const top = find(one);
		const group = members.get(top);
		if (group === undefined) members.set(top, [one]);
		else group.push(one);
	}
	return [...members.values()];
};
