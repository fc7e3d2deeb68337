import { count, type FoundKey, type FoundRsaKey, groupKeys, isRsa, type KeyFinding } from './found-key.ts';
import { bitLength, squareRoot } from '../format/integer.ts';

type Flaw = 'none' | 'even' | 'small' | 'large' | 'private';

/**
 * Public exponents outside 65537 … 2^256 and odd (NIST SP 800-56B §6.2, FIPS 186-5 §5.1). Of large ones it is tried
 * whether they hide a short private exponent, which then comes to light (Wiener 1990).
 *
 * False alarms: none, it is arithmetic; 3 and 17 are safe with good padding, and marked low.
 */
export const checkRsaExponent = (keys: Iterable<FoundKey>): KeyFinding[] => {
	const groups = groupKeys([...keys].filter(isRsa), flawOf);
	return [...groups].map(([flaw, members]) => ({
		check: 'rsa-exponent',
		...said[flaw],
		keys: members.map((key) => ({ key })),
		detail: `${count(members.length, 'RSA key')} with ${said[flaw].detail}.`,
	}));
};

const flawOf = ({ value: { exponent, modulus } }: FoundRsaKey): Flaw | null => {
	if (exponent <= 1n) return 'none';
	if (exponent % 2n === 0n) return 'even';
	if (exponent < 65_537n) return 'small';
	if (exponent >> 64n !== 0n && hidesShortPrivateExponent(exponent, modulus)) return 'private';
	return exponent >> 256n === 0n ? null : 'large';
};

const said: Readonly<Record<Flaw, Pick<KeyFinding, 'severity' | 'detail' | 'attack' | 'mend'>>> = {
	none: {
		severity: 'critical',
		detail: 'the public exponent 0 or 1',
		attack: 'Anybody can read what is encrypted to these keys, and make their signatures.',
		mend: 'Make new keys, with the exponent 65537.',
	},
	even: {
		severity: 'critical',
		detail: 'an even public exponent',
		attack: 'No RSA key works with such an exponent: the numbers are damaged, or somebody planted them.',
		mend: 'Make new keys, with the exponent 65537, and find out where these came from.',
	},
	small: {
		severity: 'low',
		detail: 'a public exponent below 65537',
		attack:
			'With faulty padding, or one message sent to several keys, an attacker can forge signatures or read messages.',
		mend: 'At the next renewal make keys with the exponent 65537.',
	},
	large: {
		severity: 'low',
		detail: 'a public exponent above 256 bits',
		attack: 'To check a signature takes as long as to make one: an attacker can use that to keep a verifier busy.',
		mend: 'At the next renewal make keys with the exponent 65537.',
	},
	private: {
		severity: 'critical',
		detail: 'a private exponent so short that the public key gives it away',
		attack: 'Anybody can compute the private key from the public key at once (Wiener’s attack).',
		mend: 'Make new keys, with the exponent 65537, and revoke these.',
	},
};

/** Wiener's attack: the private exponent is the denominator of a convergent of e ÷ n. True only when n is factored by it. */
const hidesShortPrivateExponent = (exponent: bigint, modulus: bigint): boolean => {
	const bits = bitLength(modulus);
	// Beyond any real key the attempt would take seconds. An exponent of half as many bits again as the modulus hides none (Wiener §5).
	if (bits > 16_384 || bitLength(exponent) > 1.5 * bits) return false;
	const limit = 1n << BigInt(Math.ceil(bits / 4));
	let [x, y] = [exponent, modulus];
	let [k0, k1] = [0n, 1n];
	let [d0, d1] = [1n, 0n];
	while (y !== 0n && d1 <= limit) {
		const quotient = x / y;
		[x, y] = [y, x - quotient * y];
		[k0, k1] = [k1, quotient * k1 + k0];
		[d0, d1] = [d1, quotient * d1 + d0];
		if (k1 === 0n || (exponent * d1 - 1n) % k1 !== 0n) continue;
		const totient = (exponent * d1 - 1n) / k1;
		const sum = modulus - totient + 1n;
		const square = sum * sum - 4n * modulus;
		if (square < 0n) continue;
		const root = squareRoot(square);
		if (root * root === square && (sum + root) % 2n === 0n && sum > root) return true;
	}
	return false;
};
