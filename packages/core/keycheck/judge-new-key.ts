import type { Refusal } from '../problem/refusal.ts';
import { hasClosePrimes } from './fermat.ts';
import { keyHash } from './fingerprint.ts';
import { isGuessable } from './guessable-key.ts';
import { readPublicKey } from './public-key-value.ts';
import { sourceOf } from './published-key.ts';
import type { PublishedKeys } from './published-keys.ts';
import { isRoca } from './roca.ts';
import { hasSmallFactor } from './rsa-small-factor.ts';
import { pointFlaw } from './weak-curve.ts';

/**
 * What keycheck has against a single key that asks to be certified (CR 1.5, CR 4.3); null for nothing. Kinds and sizes of keys,
 * and whether another holds it, are the registrar's own questions. Takes some 0.2 ms for RSA-2048, less for curves. Pure.
 */
export const judgeNewKey = (spki: Uint8Array, published: PublishedKeys): Refusal | null => {
	// unique-key: a key that anybody can download proves nobody's identity.
	const known = published.get(keyHash(spki));
	if (known !== undefined) {
		return {
			code: 'key-published',
			requirement: 'unique-key',
			reason: `The private half of this key is public: it is ${sourceOf(known)}. Make a new key on this device.`,
		};
	}
	// key-strength: such a key can be computed from its certificate.
	const flaw = flawOf(spki);
	return flaw === null
		? null
		: {
				code: 'csr-key',
				requirement: 'key-strength',
				reason: `This key ${flaw}: make a new one with another library or part.`,
			};
};

const flawOf = (spki: Uint8Array): string | null => {
	const value = readPublicKey(spki);
	if (value.kind === 'curve') {
		const flaw = value.curve === null ? 'a curve of no known name' : pointFlaw(value.curve.name, value.point);
		if (flaw !== null) return `has ${flaw}`;
		return isGuessable(value) ? 'has a private half that anybody guesses' : null;
	}
	if (value.kind === 'other') return null;
	if (isRoca(value.modulus)) return 'was made by a flawed generator (ROCA, CVE-2017-15361)';
	if (hasClosePrimes(value.modulus)) return 'is made of two primes that lie close together';
	if (hasSmallFactor(value.modulus)) return 'has a small prime factor';
	return null;
};
