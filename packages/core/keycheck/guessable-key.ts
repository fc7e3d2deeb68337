import { createECDH, createPrivateKey, createPublicKey } from 'node:crypto';
import { type Curve, curves } from '../format/curve.ts';
import { multiplesOf } from '../format/curve-multiples.ts';
import { readPoint } from '../format/curve-point.ts';
import { fromBytes } from '../format/integer.ts';
import { count, type FoundKey, type KeyFinding } from './found-key.ts';
import type { CurveKey } from './public-key-value.ts';

/** Curves of ECDH with their names in OpenSSL and the octets of a private key. */
const ecdhCurves: ReadonlyMap<string, readonly [openssl: string, octets: number]> = new Map([
	['P-256', ['prime256v1', 32]],
	['P-384', ['secp384r1', 48]],
	['P-521', ['secp521r1', 66]],
	['secp256k1', ['secp256k1', 32]],
	['P-224', ['secp224r1', 28]],
	['brainpoolP256r1', ['brainpoolP256r1', 32]],
	['brainpoolP384r1', ['brainpoolP384r1', 48]],
	['brainpoolP512r1', ['brainpoolP512r1', 64]],
]);

/** PKCS#8 (RFC 8410 §7) up to the 32 octets of the private key. */
const pkcs8: ReadonlyMap<string, string> = new Map([
	['X25519', '302e020100300506032b656e04220420'],
	['Ed25519', '302e020100300506032b657004220420'],
]);

/** Small numbers are tried up to this. */
const MOST = 256;

/** Fillers of programmers, repeated to the length of the key. */
const PATTERNS: readonly Buffer[] = [
	...`deadbeef cafebabe feedface baadf00d 0badc0de a5a5a5a5 5aa55aa5 ff00 00ff aa55 55aa 01234567 12345678 1234567890
	0123456789abcdef fedcba9876543210 0102030405060708 1122334455667788 00112233445566778899aabbccddeeff
	ffeeddccbbaa99887766554433221100`
		.split(/\s+/)
		.map((hex) => Buffer.from(hex, 'hex')),
	...['0123456789', '1234567890', '12345678', '0123456789abcdef', 'abcdefgh', 'abcdefghijklmnopqrstuvwxyz'].map(
		(text) => Buffer.from(text),
	),
];

/** Of a private half, big-endian. */
const octetsOf = (secret: bigint, octets: number): Buffer =>
	Buffer.from(secret.toString(16).padStart(2 * octets, '0'), 'hex');

/**
 * Private halves that nobody drew at random: small numbers, one octet or a filler repeated, octets that count. A generator that failed, a
 * buffer that was never filled, a key of an example. First those that are the first so many multiples of one, then the others.
 */
const multiples = (octets: number): readonly (readonly [one: bigint, most: number])[] => [
	[1n, MOST],
	// Little-endian.
	[1n << BigInt(8 * (octets - 1)), 255],
	// One octet, again and again.
	[fromBytes(Buffer.alloc(octets, 1)), 255],
];
const others = function* (octets: number): Generator<Buffer> {
	yield Buffer.alloc(octets);
	yield Buffer.from(octetsOf(BigInt(MOST), octets).toReversed());
	for (const pattern of PATTERNS) yield Buffer.alloc(octets, pattern);
	for (const first of [0, 1]) {
		const counting = Buffer.from(Array.from({ length: octets }, (_, index) => first + index));
		yield counting;
		yield Buffer.from(counting.toReversed());
	}
};
const guesses = function* (octets: number): Generator<Buffer> {
	for (const [one, most] of multiples(octets))
		for (let times = 1; times <= most; times++) yield octetsOf(one * BigInt(times), octets);
	yield* others(octets);
};

const publicOf = (curve: string, secret: Buffer): Buffer | null => {
	try {
		const ecdh = ecdhCurves.get(curve);
		if (ecdh === undefined) {
			const der = Buffer.concat([Buffer.from(pkcs8.get(curve) ?? '', 'hex'), secret]);
			const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
			return key.export({ format: 'der', type: 'spki' }).subarray(-32);
		}
		const key = createECDH(ecdh[0]);
		key.setPrivateKey(secret);
		return key.getPublicKey();
	} catch {
		// Zero, and what is not below the order, is no private key on this curve.
		return null;
	}
};

/** What tells a point in each of its forms, and from nothing but its negative: its first coordinate. */
const abscissa = (curve: string, point: Uint8Array): string => {
	const octets = ecdhCurves.get(curve)?.[1];
	return Buffer.from(octets === undefined ? point : point.subarray(1, 1 + octets)).toString('latin1');
};

/** On a curve whose arithmetic is known here: 50 ms at most, where a multiplication for each takes OpenSSL 700. */
const publicsOfEcdh = (name: string, curve: Curve): Set<string> => {
	const publics = new Set<string>();
	for (const [one, most] of multiples(curve.size)) {
		const point = publicOf(name, octetsOf(one, curve.size));
		// What is not below the order is no private key.
		const count = Math.min(most, Number((curve.n - 1n) / one));
		if (point !== null)
			for (const x of multiplesOf(curve, readPoint(curve, point), count))
				publics.add(octetsOf(x, curve.size).toString('latin1'));
	}
	for (const secret of others(curve.size)) {
		const point = publicOf(name, secret);
		if (point !== null) publics.add(abscissa(name, point));
	}
	return publics;
};

/** Public keys of `guesses` by curve, made when a key on that curve is first met. */
const known = new Map<string, ReadonlySet<string>>();

const publicsOn = (name: string): ReadonlySet<string> => {
	const before = known.get(name);
	if (before !== undefined) return before;
	const curve = curves.get(name);
	const publics = ecdhCurves.has(name) && curve !== undefined ? publicsOfEcdh(name, curve) : new Set<string>();
	if (pkcs8.has(name))
		for (const secret of guesses(32)) {
			const point = publicOf(name, secret);
			if (point !== null) publics.add(abscissa(name, point));
		}
	known.set(name, publics);
	return publics;
};

/** True where the private half of this key is one of a few hundred that anybody would try first. */
export const isGuessable = ({ curve, point }: CurveKey): boolean =>
	curve !== null && publicsOn(curve.name).has(abscissa(curve.name, point));

/**
 * Curve keys whose private half is a small number, zeros, one octet repeated or a count (CR 1.5; EN 303 645 5.4-4). Told by
 * the public half, so also where only the certificate lies.
 *
 * False alarms: 2^-245 a key, the part of all keys that are tried.
 */
export const checkGuessable = (keys: Iterable<FoundKey>): KeyFinding[] => {
	const found = [...keys].filter(({ value }) => value.kind === 'curve' && isGuessable(value));
	if (found.length === 0) return [];
	return [
		{
			check: 'guessable-key',
			severity: 'critical',
			keys: found.map((key) => ({ key })),
			detail: `${count(found.length, 'key')} with a private half that anybody can guess: a small number, zeros, a pattern that repeats, or octets that count.`,
			attack: 'A stranger tries some hundred private keys, then poses as these devices and reads what is sent to them.',
			mend: 'Make new keys with a working random generator, and find out why this one failed.',
		},
	];
};
