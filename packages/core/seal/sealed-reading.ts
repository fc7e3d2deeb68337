import assert from 'node:assert/strict';
import { type Cbor, decodeCbor, encodeCbor } from '../format/cose/cbor.ts';
import {
	decryptContent,
	encrypt0Value,
	encryptContent,
	encryptionContext,
	nonceOf,
	type Encrypt0,
	readEncrypt0,
} from '../format/cose/encrypt.ts';
import { algorithm, bytesHeader, hasExactly, header, makeHeaders, UndeclaredHeader } from '../format/cose/header.ts';
import { isBare, readSign1, type Sign1, signSign1, verifySign1 } from '../format/cose/sign1.ts';
import type { Signer } from '../port/signer.ts';
import { Problem } from '../problem/problem.ts';
import { type EpochKeys, sha256 } from './content-key.ts';
import { numberOfBytes, shortestBytes } from './fields.ts';
import { mostEpochs, mostNumbers } from './suite.ts';

/** One sealed reading as it is carried: an untagged COSE_Encrypt0. Nothing of it is believed yet. */
export interface SealedReading {
	readonly epoch: number;
	/** 1 to 2^20 − 1: the epoch itself is number 0. */
	readonly sequence: number;
	/** SHA-256 of its bytes, which a checkpoint covers. */
	readonly hash: Uint8Array;
	readonly message: Encrypt0;
}

const context = { sealed: 'keyward-reading-1', signed: 'keyward-signed-reading-1' } as const;
const covered = new Map([[header.alg, algorithm.A256GCM]]);

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
	return { epoch, sequence, hash: sha256(bytes), message };
};

/**
 * The text of a reading. Throws `Problem('reading-forged')` where it was altered, was sealed in another epoch or by another key, or
 * has another number than it was sealed with.
 */
export const openReading = (keys: EpochKeys, { epoch, sequence, message }: SealedReading): Uint8Array => {
	const aad = encryptionContext('Encrypt0', message.headers, externalAad(context.sealed, keys.epochHash));
	const cipher = {
		algorithm: algorithm.A256GCM,
		key: keys.key,
		iv: nonceOf(keys.baseIv, shortestBytes(sequence)),
		aad,
	};
	const plaintext = epoch === keys.epoch ? decryptContent(message.ciphertext, cipher) : null;
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

export const readSignedReading = (bytes: Uint8Array): SignedReading => signedReadingOf(readSign1(decodeCbor(bytes)));

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
