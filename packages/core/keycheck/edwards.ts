import { fromBytes, inverse, modulo, power } from '../format/integer.ts';

/** 2^255 − 19, and d of edwards25519 (RFC 8032 §5.1). */
const P = (1n << 255n) - 19n;
const D = modulo(-121_665n * (inverse(121_666n, P) ?? 0n), P);

/** The u of curve25519's points of order 1, 2, 4 and 8, its twist's included: they give every peer the same secret. */
const LOW_ORDER: ReadonlySet<bigint> = new Set([
	0n,
	1n,
	P - 1n,
	0x00b8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0n,
	0x57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5fn,
]);

/** What is wrong with an Ed25519 or X25519 public key of 32 octets; null for nothing. Other curves pass. */
export const flawOf25519 = (name: string, octets: Uint8Array): string | null => {
	if (name !== 'Ed25519' && name !== 'X25519') return null;
	if (octets.length !== 32) return 'another length than 32 octets';
	const value = BigInt.asUintN(255, fromBytes(octets.toReversed()));
	if (name === 'X25519') return LOW_ORDER.has(value % P) ? 'a point of low order' : null;
	if (value >= P) return 'a coordinate beyond the field';
	const square = value * value;
	// RFC 8032 §5.1.3: x² = (y² − 1) / (dy² + 1) must have a root.
	const ratio = modulo((square - 1n) * (D * square + 1n), P);
	if (ratio !== 0n && power(ratio, (P - 1n) / 2n, P) !== 1n) return 'a point that is not on the curve';
	const montgomery = inverse(1n - value, P);
	const isLow = montgomery === null || LOW_ORDER.has(modulo((1n + value) * montgomery, P));
	return isLow ? 'a point of low order' : null;
};
