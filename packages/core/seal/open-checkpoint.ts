import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type Cbor, decodeCbor, encodeCbor } from '../format/cose/cbor.ts';
import { isBare, readSign1, type Sign1, signSign1, verifySign1 } from '../format/cose/sign1.ts';
import type { StreamName } from '../device/stream-name.ts';
import { doubtBit, doubtBits } from '../observe/doubt.ts';
import type { Signer } from '../port/signer.ts';
import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import { sha256 } from './content-key.ts';
import { isBelow, isHash, isHashOrNull } from './fields.ts';

/** What a device signs over readings of an open stream that the service has acknowledged. */
export interface OpenCheckpoint {
	/** Rises within the stream: the device's time in milliseconds, or one more than the number before it. */
	readonly number: number;
	/** Of the readings that it covers, rising: a reading of an open stream is told apart by its time. */
	readonly times: readonly Instant[];
	/** {@link openDigestOf} the readings. */
	readonly digest: Uint8Array;
	/** {@link openCheckpointHash} of the one before it; null where the device knows of none. */
	readonly previous: Uint8Array | null;
}

/** An open checkpoint as it came. Nothing of it is believed before {@link isSignedOpenCheckpoint}. */
export interface ReceivedOpenCheckpoint {
	readonly checkpoint: OpenCheckpoint;
	readonly hash: Uint8Array;
	readonly signed: Sign1;
}

/** A reading of an open stream as a signature covers it. */
export interface CoveredReading {
	readonly time: Instant;
	/** Its canonical bytes (`encodeRecord`). */
	readonly record: Uint8Array;
}

/** Readings that one open checkpoint covers. Their times are a byte or two each, so that many make its share small. */
export const mostOpenCovered = 256;
const context = 'keyward-open-checkpoint-1';
/** Above every time that is taken (`timeIdentity`). */
const end = 2 ** 52;

/** The doubts that the service adds to a reading: no device signs them. That its time is doubtful the device says itself. */
const added = doubtBits & ~doubtBit.time;

/** SHA-256 over the readings in the order of their times: of each its time and its length, 8 and 4 bytes big-endian, and its canonical bytes. */
export const openDigestOf = (readings: readonly CoveredReading[]): Uint8Array => {
	const digest = createHash('sha256');
	const head = Buffer.alloc(13);
	for (const { time, record } of readings) {
		head.writeBigInt64BE(BigInt(time));
		head.writeUInt32BE(record.length, 8);
		head[12] = (record[0] ?? 0) & ~added;
		digest.update(head).update(record.subarray(1));
	}
	return new Uint8Array(digest.digest());
};

/** What the next checkpoint names this one by: of what was signed, for its signature can be changed into another valid one. */
export const openCheckpointHash = (checkpoint: OpenCheckpoint): Uint8Array => sha256(payloadOf(checkpoint));

const payloadOf = ({ number, times, digest, previous }: OpenCheckpoint): Uint8Array<ArrayBuffer> =>
	encodeCbor([context, number, stepsOf(times), digest, previous]);

/** The stream is covered and not carried: who has the message knows where it came from. */
const coveredName = ({ application, device, stream }: StreamName): Uint8Array =>
	encodeCbor([context, application, device, stream]);

/** The message: 155 bytes, and one or two for each reading that came about when it was due. */
export const signOpenCheckpoint = (
	checkpoint: OpenCheckpoint,
	name: StreamName,
	signer: Signer,
): Promise<Uint8Array<ArrayBuffer>> => {
	assert(isRising(checkpoint.times));
	return signSign1(payloadOf(checkpoint), signer, coveredName(name));
};

/** Reads an open checkpoint in its one form. Throws `Problem('seal-malformed')`. */
export const readOpenCheckpoint = (bytes: Uint8Array): ReceivedOpenCheckpoint => {
	const signed = readSign1(decodeCbor(bytes));
	const fields = decodeCbor(signed.payload);
	if (!isBare(signed) || !Array.isArray(fields) || fields.length !== 5) throw malformed();
	const [first, number, steps, digest, previous] = fields as readonly Cbor[];
	const times = timesOf(steps);
	if (
		first !== context ||
		!isBelow(number, end) ||
		number === 0 ||
		times === null ||
		!isHash(digest) ||
		!isHashOrNull(previous)
	) {
		throw malformed();
	}
	return { checkpoint: { number, times, digest, previous }, hash: sha256(signed.payload), signed };
};

/** Where its context stands: after the tag, the array, the algorithm as bytes, an empty map and the heads of the payload. */
const contextAt = [10, 11] as const;
const contextBytes = encodeCbor(context);

/** Whether it says that it is one; it may be a bad one all the same. */
export const isOpenCheckpoint = (bytes: Uint8Array): boolean =>
	bytes[0] === 0xd2 &&
	contextAt.some((at) => Buffer.compare(bytes.subarray(at, at + contextBytes.length), contextBytes) === 0);

/** True when one of these stream keys of the device signed it for this stream. */
export const isSignedOpenCheckpoint = (
	{ signed }: ReceivedOpenCheckpoint,
	name: StreamName,
	keys: readonly Uint8Array[],
): boolean => keys.some((key) => verifySign1(signed, key, coveredName(name)));

/** The first time, the step to the second, and of each later one how its step differs from the one before: mostly nothing. */
const stepsOf = (times: readonly Instant[]): readonly number[] =>
	times.map((time, at) => {
		const [before, earlier] = [times[at - 1], times[at - 2]];
		if (before === undefined) return time;
		return time - before - (earlier === undefined ? 0 : before - earlier);
	});

const timesOf = (steps: Cbor | undefined): readonly Instant[] | null => {
	if (!Array.isArray(steps) || steps.length === 0 || steps.length > mostOpenCovered) return null;
	const times: Instant[] = [];
	let step = 0;
	for (const one of steps as readonly Cbor[]) {
		if (typeof one !== 'number') return null;
		const before = times.at(-1);
		if (times.length > 0) step += one;
		times.push(before === undefined ? one : before + step);
	}
	return isRising(times) ? times : null;
};

const isRising = (times: readonly Instant[]): boolean =>
	times.length > 0 &&
	times.length <= mostOpenCovered &&
	times.every((time, at) => Number.isSafeInteger(time) && Math.abs(time) < end && time > (times[at - 1] ?? -end));

const malformed = (): Problem =>
	new Problem('seal-malformed', 'This is no checkpoint of an open stream: a field or a header is not of its kind.');
