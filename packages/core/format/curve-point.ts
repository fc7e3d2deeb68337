import { type Curve } from './curve.ts';
import { fromBytes, inverse, modulo, power } from './integer.ts';

/** A point of a curve in affine coordinates; null is the point at infinity. */
export type Point = { readonly x: bigint; readonly y: bigint } | null;

/** True when both coordinates are in range and fulfil the curve's equation. */
export const isOnCurve = ({ p, a, b }: Curve, point: Point): boolean =>
	point !== null &&
	point.x < p &&
	point.y < p &&
	modulo(point.y * point.y - (point.x * point.x * point.x + a * point.x + b), p) === 0n;

/**
 * The point of an ECPoint (SEC 1 §2.3.4), compressed or not, on the curve or not; null for infinity, for another length and
 * for a compressed x that no point has.
 */
export const readPoint = (curve: Curve, octets: Uint8Array): Point => {
	const { p, a, b, size } = curve;
	const form = octets[0];
	if (form === 4 || form === 6 || form === 7) {
		if (octets.length !== 1 + 2 * size) return null;
		return { x: fromBytes(octets.subarray(1, 1 + size)), y: fromBytes(octets.subarray(1 + size)) };
	}
	if ((form !== 2 && form !== 3) || octets.length !== 1 + size) return null;
	const x = fromBytes(octets.subarray(1));
	const y = modularRoot(modulo(x * x * x + a * x + b, p), p);
	if (x >= p || y === null) return null;
	return { x, y: Number(y & 1n) === form - 2 ? y : p - y };
};

/** A square root of n modulo the prime p (Tonelli and Shanks); null when it has none. */
const modularRoot = (n: bigint, p: bigint): bigint | null => {
	if (n === 0n) return 0n;
	if (power(n, (p - 1n) / 2n, p) !== 1n) return null;
	let odd = p - 1n;
	let twos = 0;
	for (; odd % 2n === 0n; odd /= 2n) twos++;
	let root = power(n, (odd + 1n) / 2n, p);
	if (twos === 1) return root;
	let nonResidue = 2n;
	while (power(nonResidue, (p - 1n) / 2n, p) === 1n) nonResidue++;
	let factor = power(nonResidue, odd, p);
	let rest = power(n, odd, p);
	while (rest !== 1n) {
		let least = 0;
		for (let square = rest; square !== 1n; square = (square * square) % p) least++;
		const step = power(factor, 1n << BigInt(twos - least - 1), p);
		twos = least;
		factor = (step * step) % p;
		rest = (rest * factor) % p;
		root = (root * step) % p;
	}
	return root;
};

/** A point times k. Its time depends on k: for public numbers and recovered keys alone. */
export const multiply = (curve: Curve, point: Point, k: bigint): Point => {
	let result: Point = null;
	for (const bit of modulo(k, curve.n).toString(2)) {
		result = addPoints(curve, result, result);
		if (bit === '1') result = addPoints(curve, result, point);
	}
	return result;
};

export const addPoints = ({ p, a }: Curve, left: Point, right: Point): Point => {
	if (left === null || right === null) return left ?? right;
	let slope: bigint | null;
	if (left.x === right.x) {
		slope = modulo(left.y + right.y, p) === 0n ? null : inverse(2n * left.y, p);
		if (slope === null) return null;
		slope = modulo((3n * left.x * left.x + a) * slope, p);
	} else {
		slope = inverse(right.x - left.x, p);
		if (slope === null) return null;
		slope = modulo((right.y - left.y) * slope, p);
	}
	const x = modulo(slope * slope - left.x - right.x, p);
	return { x, y: modulo(slope * (left.x - x) - left.y, p) };
};
