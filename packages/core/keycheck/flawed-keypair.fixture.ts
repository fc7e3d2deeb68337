import { checkPrimeSync, createCipheriv, hash } from 'node:crypto';
import { primesBelow } from './primes.ts';

// The generator of CVE-2021-41117: nearly all octets that should be random are 0 in it, and the first is of the clock. One octet in 28 is a
// decimal digit, so that most pools hold one or none.

const block = (key: Uint8Array, input: Uint8Array): Buffer =>
	createCipheriv('aes-128-ecb', key, null).setAutoPadding(false).update(input);

/** A pool of 32 octets: the one of the clock, and `digit` at `place`. */
interface Pool {
	readonly clock: number;
	readonly place?: number;
	readonly digit?: number;
}

/** Octets that follow from the pool. */
const generator = ({ clock, place, digit = 0 }: Pool): ((count: number) => Buffer) => {
	const sha1 = (bytes: Uint8Array): Buffer => hash('sha1', bytes, 'buffer');
	const pool = Buffer.alloc(32);
	pool[0] = clock;
	if (place !== undefined) pool[place] = digit;
	const first = sha1(sha1(pool));
	let key: Buffer = first.subarray(0, 16);
	let seed: Buffer = Buffer.from(sha1(first).subarray(0, 16));
	return (count) => {
		const blocks: Buffer[] = [];
		for (let length = 0; length < count; length += 16) {
			blocks.push(block(key, seed));
			seed.writeUInt32BE((seed.readUInt32BE(12) + 1) >>> 0, 12);
			key = block(key, seed);
			seed = block(key, seed);
		}
		return Buffer.concat(blocks).subarray(0, count);
	};
};

const SMALL = primesBelow(2000).map(BigInt);
/** From one number prime to 30 to the next. */
const STEPS = [6n, 4n, 2n, 4n, 2n, 4n, 6n, 2n];

const isPrime = (candidate: bigint): boolean =>
	SMALL.every((prime) => candidate % prime !== 0n) && checkPrimeSync(candidate);

/** Where the search for a prime begins. One octet more is drawn than is used. */
const startFrom = (random: (count: number) => Buffer): bigint => {
	const candidate = BigInt(`0x${random(129).toString('hex', 1)}`) | (1n << 1023n);
	return candidate + 31n - (candidate % 30n);
};

const primeFrom = (start: bigint): bigint => {
	let candidate = start;
	for (let step = 0; !isPrime(candidate); step++) candidate += STEPS[step % 8] ?? 0n;
	return candidate;
};

/** The RSA-2048 modulus that the generator gives for one pool, or null where it would have to draw again. */
const flawedModulus = (pool: Pool): bigint | null => {
	const random = generator(pool);
	const [one, other] = [startFrom(random), startFrom(random)];
	// The primes are hardly above: whether their product is long enough shows before they are sought.
	if ((one * other) >> 2047n !== 1n) return null;
	const modulus = primeFrom(one) * primeFrom(other);
	return modulus >> 2047n === 1n ? modulus : null;
};

/** Some 5,000 of its moduli: every place of a digit with every digit, each with some times of the clock; without a digit, each time once. */
export function* flawedModuli(): Generator<bigint> {
	for (let index = 0; index < 12_000; index++) {
		const [place, digit] = [index % 32, 1 + (Math.floor(index / 32) % 9)];
		const pool = { clock: Math.floor(index / 288) * 18, ...(place === 0 ? {} : { place, digit }) };
		const modulus = place === 0 && digit > 1 ? null : flawedModulus(pool);
		if (modulus !== null) yield modulus;
	}
}
