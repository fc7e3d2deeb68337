import assert from 'node:assert/strict';
import { type Cbor, decodeCbor, encodeCbor } from '../format/cose/cbor.ts';
import {
	decryptContent,
	encrypt0Value,
	encryptContent,
	encryptionContext,
	nonceOf,
	readEncrypt0,
} from '../format/cose/encrypt.ts';
import { algorithm, bytesHeader, hasExactly, header, makeHeaders, UndeclaredHeader } from '../format/cose/header.ts';
import { isBare, type Sign1, signSign1, verifySign1 } from '../format/cose/sign1.ts';
import type { Signer } from '../port/signer.ts';
import { Problem } from '../problem/problem.ts';
import { type EpochKeys, sha256Shared } from './content-key.ts';
import { numberOfBytes, shortestBytes } from './fields.ts';
import { mostEpochs, mostNumbers } from './suite.ts';

/** One sealed reading as it is carried: an untagged COSE_Encrypt0. Nothing of it is believed yet. */
export interface SealedReading {
	readonly epoch: number;
	/** 1 to 2^20 − 1: the epoch itself is number 0. */
	readonly sequence: number;
	/** SHA-256 of its bytes, which a checkpoint covers. */
	readonly hash: Uint8Array;
	readonly ciphertext: Uint8Array;
}

const context = { sealed: 'keyward-reading-1', signed: 'keyward-signed-reading-1' } as const;
const covered = new Map([[header.alg, algorithm.A256GCM]]);
/** What every reading's cipher covers of its headers is the same: no other ones are read. */
const coveredHeaders = makeHeaders(covered, new Map());

/** Binds a reading to its epoch, and by it to application, device, stream, roster and suite. */
const externalAad = (use: string, epochHash: Uint8Array): Uint8Array => encodeCbor([use, epochHash]);

/**
 * Seals one reading, a SenML pack of one record in CBOR. The number must never have been used in this epoch: a nonce used twice
 * gives the texts and the authentication key away. 32 bytes more than the text while epoch and number are below 65,536 and the
 * text has no more than 239 bytes.
 */
export const sealReading = (keys: EpochKeys, sequence: number, plaintext: Uint8Array): Uint8Array<ArrayBuffer> => {
	assert(Number.isInteger(sequence) && sequence > 0 && sequence < mostNumbers);
	const partialIv = shortestBytes(sequence);
	const headers = makeHeaders(
		covered,
		new Map([
			[header.kid, shortestBytes(keys.epoch)],
			[header.partialIv, partialIv],
		]),
	);
	const aad = encryptionContext('Encrypt0', headers, externalAad(context.sealed, keys.epochHash));
	const cipher = { algorithm: algorithm.A256GCM, key: keys.key, iv: nonceOf(keys.baseIv, partialIv), aad };
	return encodeCbor(encrypt0Value({ headers, ciphertext: encryptContent(plaintext, cipher) }));
};

/** Reads a sealed reading in its one form. Throws `Problem('seal-malformed')`. */
export const readSealedReading = (bytes: Uint8Array): SealedReading => sealedReadingOf(decodeCbor(bytes), bytes);

export const sealedReadingOf = (value: Cbor, bytes: Uint8Array): SealedReading => {
	const message = readEncrypt0(value);
	if (!hasExactly(message.headers, covered, [header.kid, header.partialIv]))
		throw new UndeclaredHeader('sealed reading');
	const epoch = numberOfBytes(bytesHeader(message.headers.unprotected, header.kid));
	const sequence = numberOfBytes(bytesHeader(message.headers.unprotected, header.partialIv));
	if (epoch === null || epoch >= mostEpochs) throw malformed('its kid is no number of an epoch');
	if (sequence === null || sequence === 0 || sequence >= mostNumbers) throw malformed('its Partial IV is no number');
	return { epoch, sequence, hash: sha256Shared(bytes), ciphertext: message.ciphertext };
};

/** An array of three, the protected headers, a map of two, and the first of its keys. */
const beginning = encodeCbor([encodeCbor(covered), new Map(), null]).slice(0, -2);
const labels = [header.kid, header.partialIv] as const;
const [MAP_OF_2, BYTES, LEAST] = [0xa2, 0x40, 16] as const;

/**
 * The reading that begins at `from`, and where it ends; null where anything there is not as in the one form that {@link sealReading} writes, for
 * {@link sealedReadingOf} to judge and name. Nearly all that a service takes are these, and this makes nothing on the way to them.
 */
export const findSealedReading = (
	bytes: Uint8Array,
	from: number,
): { readonly reading: SealedReading; readonly end: number } | null => {
	let at = from;
	for (const byte of beginning) if (bytes[at++] !== byte) return null;
	if (bytes[at++] !== MAP_OF_2) return null;
	const numbers = [0, 0];
	for (const [which, label] of labels.entries()) {
		if (bytes[at++] !== label) return null;
		const length = (bytes[at++] ?? 0) - BYTES;
		// As `numberOfBytes`: the fewest bytes, at most six.
		if (length < 1 || length > 6 || (length > 1 && bytes[at] === 0)) return null;
		let number = 0;
		for (const end = at + length; at < end; at++) number = number * 256 + (bytes[at] ?? Number.NaN);
		numbers[which] = number;
	}
	const [epoch = 0, sequence = 0] = numbers;
	if (!(epoch < mostEpochs) || !(sequence > 0 && sequence < mostNumbers)) return null;
	const length = lengthAt(bytes, at);
	if (length === null || length.count < LEAST) return null;
	const end = length.next + length.count;
	if (end > bytes.length) return null;
	const item = bytes.subarray(from, end);
	return {
		reading: { epoch, sequence, hash: sha256Shared(item), ciphertext: bytes.subarray(length.next, end) },
		end,
	};
};

/** The length of a byte string of less than 65,536 bytes, in its shortest form, and where these begin. */
const lengthAt = (bytes: Uint8Array, at: number): { readonly count: number; readonly next: number } | null => {
	const first = (bytes[at] ?? 0) - BYTES;
	if (first >= 0 && first < 24) return { count: first, next: at + 1 };
	const [high = Number.NaN, low = Number.NaN] = [bytes[at + 1], bytes[at + 2]];
	if (first === 24) return high >= 24 ? { count: high, next: at + 2 } : null;
	if (first !== 25) return null;
	return high > 0 && low >= 0 ? { count: high * 256 + low, next: at + 3 } : null;
};

/**
 * The text of a reading. Throws `Problem('reading-forged')` where it was altered, was sealed in another epoch or by another key, or
 * has another number than it was sealed with.
 */
export const openReading = (keys: EpochKeys, { epoch, sequence, ciphertext }: SealedReading): Uint8Array => {
	const aad = encryptionContext('Encrypt0', coveredHeaders, externalAad(context.sealed, keys.epochHash));
	const cipher = {
		algorithm: algorithm.A256GCM,
		key: keys.key,
		iv: nonceOf(keys.baseIv, shortestBytes(sequence)),
		aad,
	};
	const plaintext = epoch === keys.epoch ? decryptContent(ciphertext, cipher) : null;
	if (plaintext === null)
		throw new Problem('reading-forged', `Reading ${sequence} does not open with its epoch's key.`);
	return plaintext;
};

/** A reading that its device signed itself (integrity 4): COSE_Sign1 whose payload is the COSE_Encrypt0. */
export interface SignedReading {
	readonly reading: SealedReading;
	readonly signed: Sign1;
}

export const signReading = (
	sealed: Uint8Array,
	epochHash: Uint8Array,
	signer: Signer,
): Promise<Uint8Array<ArrayBuffer>> => signSign1(sealed, signer, externalAad(context.signed, epochHash));

export const signedReadingOf = (signed: Sign1): SignedReading => {
	if (!isBare(signed)) throw new UndeclaredHeader('signed reading');
	return { reading: readSealedReading(signed.payload), signed };
};

/** True when one of the device's stream keys signed it in this epoch. */
export const isSignedReading = (
	{ signed }: SignedReading,
	epochHash: Uint8Array,
	keys: readonly Uint8Array[],
): boolean => keys.some((key) => verifySign1(signed, key, externalAad(context.signed, epochHash)));

const malformed = (why: string): Problem => new Problem('seal-malformed', `This is no sealed reading: ${why}.`);
