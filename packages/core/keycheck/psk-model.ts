/** A secret that a simple model tells in this many bits less than its own length is no random one. */
export const SAVING = 40;

/** Printable ASCII throughout, and not empty. */
export const isText = (secret: Uint8Array): boolean => {
	for (const octet of secret) if (octet < 0x20 || octet >= 0x7f) return false;
	return secret.length > 0;
};

/**
 * The least bits in which one of a few simple models tells this secret: what an attacker has to try who guesses the model.
 * A random secret is told with b bits less than its length by chance in at most one of 2^b cases, whatever the model
 * (there are only so many short descriptions), so that {@link SAVING} is also the false-alarm rate, for each of seven models.
 */
export const simplestBits = (secret: Uint8Array): number =>
	Math.min(secret.length * 8, alphabetBits(secret), maskBits(secret), fewValuesBits(secret));

/** True when a model tells the secret in fewer than `limit` bits, and saves at least {@link SAVING}. */
export const isSimple = (secret: Uint8Array, limit: number): boolean => {
	const bits = simplestBits(secret);
	return bits < limit && secret.length * 8 - bits >= SAVING;
};

/** Text of one class of characters. */
const alphabets: readonly (readonly [RegExp, number])[] = [
	[/^[0-9]+$/, 10],
	[/^(?:[0-9a-f]+|[0-9A-F]+)$/, 16],
	[/^(?:[a-z]+|[A-Z]+)$/, 26],
	[/^(?:[0-9a-z]+|[0-9A-Z]+)$/, 36],
];

const alphabetBits = (secret: Uint8Array): number => {
	if (!isText(secret)) return Infinity;
	const text = Buffer.from(secret.buffer, secret.byteOffset, secret.length).toString('latin1');
	const size = alphabets.find(([pattern]) => pattern.test(text))?.[1];
	return size === undefined ? Infinity : 2 + secret.length * Math.log2(size);
};

/** Some bits are the same in every octet: digits of a counter, text, one half of each octet. */
const maskBits = (secret: Uint8Array): number => {
	let and = 0xff;
	let or = 0;
	for (const octet of secret) {
		and &= octet;
		or |= octet;
	}
	let free = 0;
	for (let bits = and ^ or; bits > 0; bits >>= 1) free += bits & 1;
	// Which of the bits are fixed, to what, and then the others.
	return 8 + (8 - free) + free * secret.length;
};

/** Few different octets: which, and then which of them each time. */
const fewValuesBits = (secret: Uint8Array): number => {
	const seen = new Uint32Array(8);
	let values = 0;
	for (const octet of secret) {
		const bit = 1 << (octet & 31);
		const word = seen[octet >>> 5] ?? 0;
		if ((word & bit) === 0) values++;
		seen[octet >>> 5] = word | bit;
	}
	return 8 + (choices[values] ?? 0) + secret.length * Math.log2(Math.max(values, 1));
};

/** The bits that tell which of 256 octets these many are. */
const choices = Array.from({ length: 257 }, (_, values) => {
	let bits = 0;
	for (let index = 0; index < values; index++) bits += Math.log2((256 - index) / (index + 1));
	return bits;
});
