import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type Cbor, decodeCbor, encodeCbor } from '../format/cose/cbor.ts';
import { isBare, type Sign1, signSign1, verifySign1 } from '../format/cose/sign1.ts';
import type { Signer } from '../port/signer.ts';
import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import { sha256 } from './content-key.ts';
import { isBelow, isBoot, isHash, isHashOrNull } from './fields.ts';
import { mostCovered, mostEpochs, mostNumbers } from './suite.ts';

/** What a device signs over the readings before it, numbers `first` to `sequence` − 1. */
export interface SealCheckpoint {
	readonly epoch: number;
	readonly epochHash: Uint8Array;
	/** 1 at least; the same as `sequence` where it covers no reading. */
	readonly first: number;
	readonly sequence: number;
	/** {@link digestOf} the hashes of the readings. */
	readonly digest: Uint8Array;
	/** {@link checkpointHash} of the one before it in this epoch; null for the first. */
	readonly previous: Uint8Array | null;
	/** Which boot of the device it was signed in (`bootMark`): after a restart, another than its epoch's. */
	readonly boot: Uint8Array;
	/** Whole seconds since that boot. */
	readonly uptime: number;
	/** By the device's clock; null where that was not set. */
	readonly time: Instant | null;
}

/** A checkpoint as it came. Nothing of it is believed before {@link isSignedCheckpoint}. */
export interface ReceivedCheckpoint {
	readonly checkpoint: SealCheckpoint;
	readonly hash: Uint8Array;
	readonly signed: Sign1;
}

export const checkpointContext = 'keyward-checkpoint-1';
const most = 2 ** 53;

/** SHA-256 over the hashes of readings, in the order of their numbers. */
export const digestOf = (hashes: readonly Uint8Array[]): Uint8Array => {
	const digest = createHash('sha256');
	for (const hash of hashes) digest.update(hash);
	return new Uint8Array(digest.digest());
};

/** What the next checkpoint names this one by: of what was signed, for its signature can be changed into another valid one. */
export const checkpointHash = (checkpoint: SealCheckpoint): Uint8Array => sha256(payloadOf(checkpoint));

const payloadOf = (one: SealCheckpoint): Uint8Array<ArrayBuffer> =>
	encodeCbor([
		checkpointContext,
		one.epoch,
		one.epochHash,
		one.first,
		one.sequence,
		one.digest,
		one.previous,
		one.boot,
		one.uptime,
		one.time,
	]);

/** The message, at most 239 bytes. */
export const signSealCheckpoint = (checkpoint: SealCheckpoint, signer: Signer): Promise<Uint8Array<ArrayBuffer>> => {
	assert(isRange(checkpoint.first, checkpoint.sequence));
	return signSign1(payloadOf(checkpoint), signer);
};

/** Reads a checkpoint in its one form. Throws `Problem('seal-malformed')`. */
export const checkpointOf = (signed: Sign1): ReceivedCheckpoint => {
	const fields = decodeCbor(signed.payload);
	if (!Array.isArray(fields) || fields.length !== 10) throw malformed();
	const [context, epoch, epochHash, first, sequence, digest, previous, boot, uptime, time] = fields as readonly Cbor[];
	if (
		context !== checkpointContext ||
		!isBare(signed) ||
		!isBelow(epoch, mostEpochs) ||
		!isHash(epochHash) ||
		!isBelow(first, mostNumbers) ||
		!isBelow(sequence, mostNumbers) ||
		!isRange(first, sequence) ||
		!isHash(digest) ||
		!isHashOrNull(previous) ||
		!isBoot(boot) ||
		!isBelow(uptime, most) ||
		!(time === null || isBelow(time, most))
	) {
		throw malformed();
	}
	const checkpoint = { epoch, epochHash, first, sequence, digest, previous, boot, uptime, time };
	return { checkpoint, hash: sha256(signed.payload), signed };
};

const isRange = (first: number, sequence: number): boolean =>
	first > 0 && first <= sequence && sequence - first <= mostCovered && sequence < mostNumbers;

/** True when one of the device's stream keys signed it. Which epoch it is of, its fields say. */
export const isSignedCheckpoint = ({ signed }: ReceivedCheckpoint, keys: readonly Uint8Array[]): boolean =>
	keys.some((key) => verifySign1(signed, key));

const malformed = (): Problem =>
	new Problem('seal-malformed', 'This is no checkpoint of a sealed stream: a field or a header is not of its kind.');
