import { count, type FoundKey, groupKeys, isRsa, type KeyFinding } from './found-key.ts';
import type { Severity } from './finding.ts';
import { bitLength } from '../format/integer.ts';

const LEAST = 2048;

/**
 * RSA moduli below 2048 bits (CR 4.3; NIST SP 800-57 Part 1 §5.6.1, SP 800-131A). False alarms: none, it is arithmetic; a
 * modulus a few bits short comes from primes without their top bits set, and is marked low.
 */
export const checkRsaSize = (keys: Iterable<FoundKey>): KeyFinding[] => {
	const groups = groupKeys([...keys].filter(isRsa), ({ value }) => {
		const bits = bitLength(value.modulus);
		return bits < LEAST ? bits : null;
	});
	return [...groups].map(([bits, members]) => ({
		check: 'rsa-size',
		severity: severityOf(bits),
		keys: members.map((key) => ({ key })),
		detail: `${count(members.length, 'RSA key')} of ${bits} bits; they should have 2048 or more.`,
		attack: attackOf(bits),
		mend: 'Make new keys: P-256 or Ed25519, or RSA of 3072 bits.',
	}));
};

const severityOf = (bits: number): Severity => {
	if (bits <= 830) return 'critical';
	return bits < 2040 ? 'high' : 'low';
};

const attackOf = (bits: number): string => {
	// RSA-250 (829 bits) was factored in 2020.
	if (bits <= 830)
		return 'The modulus can be factored with rented computers and public software; the private key follows.';
	if (bits < 2040) return 'A well-funded attacker can factor the modulus; the private key follows.';
	return 'None known in practice; strict verifiers refuse the key.';
};
