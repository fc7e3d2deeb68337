import type { Curve } from './curve.ts';
import { addPoints, type Point } from './curve-point.ts';
import { inverse, modulo } from './integer.ts';

/**
 * The x of 1, 2 … `count` times a point, whose order is above `count`. An addition each and one inversion for all (Jacobian coordinates,
 * and Montgomery's trick): a hundredth of what so many multiplications take. For public numbers alone.
 */
export const multiplesOf = (curve: Curve, point: Point, count: number): bigint[] => {
	const { p } = curve;
	const twice = addPoints(curve, point, point);
	if (point === null || twice === null) return [];
	// x = X / Z², y = Y / Z³; the products of all Z so far.
	const found = [
		{ x: point.x, z: 1n, before: 1n },
		{ x: twice.x, z: 1n, before: 1n },
	];
	let [x, y, z] = [twice.x, twice.y, 1n];
	let product = 1n;
	while (found.length < count) {
		const square = (z * z) % p;
		const h = (point.x * square - x) % p;
		const r = (((point.y * square) % p) * z - y) % p;
		const h2 = (h * h) % p;
		const h3 = (h2 * h) % p;
		const v = (x * h2) % p;
		x = (r * r - h3 - 2n * v) % p;
		y = (r * (v - x) - y * h3) % p;
		z = (z * h) % p;
		found.push({ x, z, before: product });
		product = (product * z) % p;
	}
	let rest = inverse(product, p) ?? 0n;
	const xs: bigint[] = [];
	for (const one of found.slice(0, count).toReversed()) {
		const reciprocal = (rest * one.before) % p;
		xs.push(modulo(((one.x * reciprocal) % p) * reciprocal, p));
		rest = (rest * one.z) % p;
	}
	return xs.toReversed();
};
