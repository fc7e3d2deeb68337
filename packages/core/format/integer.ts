/** Bits of a non-negative integer; 0 for 0. Linear in its length. */
export const bitLength = (n: bigint): number => {
	const hex = n.toString(16);
	return n === 0n ? 0 : (hex.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hex.slice(0, 1), 16)));
};

/** Unsigned, big-endian. */
export const fromBytes = (bytes: Uint8Array): bigint =>
	bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`);

/** Least non-negative residue. */
export const modulo = (a: bigint, m: bigint): bigint => {
	const rest = a % m;
	return rest < 0n ? rest + m : rest;
};

/** The largest integer whose square is at most n ≥ 0. */
export const squareRoot = (n: bigint): bigint => {
	if (n < 2n) return n;
	// From above, so that Newton's steps fall until they reach the root. The first guess has 50 right bits.
	const shift = Math.max(0, bitLength(n) - 104) & ~1;
	let root = (BigInt(Math.ceil(Math.sqrt(Number(n >> BigInt(shift)) + 1) * (1 + 2 ** -50))) + 1n) << BigInt(shift / 2);
	for (;;) {
		const next = (root + n / root) >> 1n;
		if (next >= root) return root;
		root = next;
	}
};

/** `base` to the power of `exponent` ≥ 0, modulo m ≥ 1. Its time depends on its arguments: for public values alone. */
export const power = (base: bigint, exponent: bigint, m: bigint): bigint => {
	let result = 1n % m;
	const bits = exponent.toString(2);
	for (const bit of bits) {
		result = (result * result) % m;
		if (bit === '1') result = (result * base) % m;
	}
	return result;
};

/** The inverse of a modulo m > 1; null when they share a factor. */
export const inverse = (a: bigint, m: bigint): bigint | null => {
	let [r0, r1] = [m, modulo(a, m)];
	let [t0, t1] = [0n, 1n];
	while (r1 !== 0n) {
		const quotient = r0 / r1;
		[r0, r1] = [r1, r0 - quotient * r1];
		[t0, t1] = [t1, t0 - quotient * t1];
	}
	return r0 === 1n ? modulo(t0, m) : null;
};
