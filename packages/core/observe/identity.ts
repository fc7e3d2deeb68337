import assert from 'node:assert/strict';
import type { Instant } from '../units/instant.ts';

/**
 * What tells a record apart in its stream, as one whole number: its time in milliseconds; or, above every time, its key
 * epoch and its sequence number in it, for a record whose time only its readers see; or, below every time, the number of what
 * its device signed over readings before it. Rises with time, and with epoch and sequence; stored, and covered by the ledger.
 */
export type Identity = number;

/** Above every time that is taken: the year 144,683. */
const SEQUENCED = 2 ** 52;
/** Records of one key epoch (at most 2^20 under one content key). */
const SEQUENCES = 2 ** 20;
const EPOCHS = 2 ** 32;

/** A bug where the time is no whole number below 2^52. */
export const timeIdentity = (time: Instant): Identity => {
	assert(Number.isSafeInteger(time) && Math.abs(time) < SEQUENCED);
	return time;
};

/** Of a checkpoint of an open stream; `number` from 1 and below 2^52, or it is a bug. */
export const checkpointIdentity = (number: number): Identity => {
	assert(Number.isInteger(number) && number > 0 && number < SEQUENCED);
	return -SEQUENCED - number;
};

/** Whether it is a checkpoint's of an open stream. */
export const isCheckpointIdentity = (identity: Identity): boolean => identity < -SEQUENCED;

/** `epoch` below 2^32, `sequence` below 2^20; a bug where they are not. */
export const sequenceIdentity = (epoch: number, sequence: number): Identity => {
	assert(Number.isInteger(epoch) && epoch >= 0 && epoch < EPOCHS);
	assert(Number.isInteger(sequence) && sequence >= 0 && sequence < SEQUENCES);
	return SEQUENCED + epoch * SEQUENCES + sequence;
};

/** Whether it is an epoch and a sequence number. */
export const isSequenced = (identity: Identity): boolean => identity >= SEQUENCED;

export const readIdentity = (
	identity: Identity,
): { readonly time: Instant } | { readonly epoch: number; readonly sequence: number } => {
	if (!isSequenced(identity)) return { time: identity };
	const place = identity - SEQUENCED;
	return { epoch: Math.floor(place / SEQUENCES), sequence: place % SEQUENCES };
};
