import { type Milliseconds, Problem } from '@keyward/core';
import { encodeSenmlCbor, inUnit } from '@keyward/core/observe';
import { type EpochKeys, mostCovered, readSealedReading, sealReading, type StreamTerms } from '@keyward/core/seal';
import type { Sample } from '../sample/source.ts';

/** A stream's epoch in use. Its keys live here and nowhere else. */
export interface Epoch {
	readonly keys: EpochKeys;
	readonly terms: StreamTerms;
	readonly rosterHash: Uint8Array;
	readonly began: Milliseconds;
	/** The next number. */
	next: number;
	/** Hashes of the readings that no checkpoint covers yet, and when the first of them was sealed. */
	hashes: Uint8Array[];
	since: Milliseconds;
	/** Checkpoints that have their number and are to be signed. */
	readonly due: Due[];
}

/** A checkpoint's number is the one after the readings that it covers. */
export interface Due {
	readonly sequence: number;
	readonly hashes: readonly Uint8Array[];
}

/** What is not covered yet gets its checkpoint's number. */
export const cut = (epoch: Epoch): void => {
	if (epoch.hashes.length === 0) return;
	epoch.due.push({ sequence: epoch.next, hashes: epoch.hashes });
	epoch.hashes = [];
	epoch.next += 1;
};

/** Signed at half of its time at the latest: what is left is for the way. */
export const isDue = ({ terms, hashes, since }: Epoch, tick: Milliseconds): boolean =>
	hashes.length > 0 && terms.signed !== 'each' && tick - since >= terms.signed.within / 2;

/** Seals a reading under the next number. */
export const sealIn = (
	epoch: Epoch,
	device: string,
	{ stream, time, value, unit = '' }: Sample,
	doubted: boolean,
	tick: Milliseconds,
): Uint8Array => {
	const name = `${device}/${stream}`;
	const record = inUnit({ name, unit, time, value, extra: false }, epoch.terms.unit);
	const plaintext = encodeSenmlCbor([
		{ name, unit: record.unit, time, value: record.value, ...(doubted && { doubt: ['time'] as const }) },
	]);
	const bytes = sealReading(epoch.keys, epoch.next, plaintext);
	if (epoch.hashes.length === 0) epoch.since = tick;
	epoch.next += 1;
	if (epoch.terms.signed !== 'each') epoch.hashes.push(readSealedReading(bytes).hash);
	if (epoch.hashes.length === mostCovered) cut(epoch);
	return bytes;
};

/** One that waits for its checkpoint; null for one that was signed by itself. */
export const tryRead = (bytes: Uint8Array): ReturnType<typeof readSealedReading> | null => {
	try {
		return readSealedReading(bytes);
	} catch (error) {
		// One that was signed by itself needs no checkpoint.
		if (error instanceof Problem) return null;
		throw error;
	}
};

/** The readings of an earlier run's epoch that no checkpoint covers, in the order of their numbers. */
export const leftUnsigned = (
	sealed: readonly Uint8Array[],
	{ number, checkpoint }: { readonly number: number; readonly checkpoint: number },
): ReturnType<typeof readSealedReading>[] =>
	sealed
		.flatMap((bytes) => {
			const reading = tryRead(bytes);
			return reading?.epoch === number && reading.sequence > checkpoint ? [reading] : [];
		})
		.toSorted((a, b) => a.sequence - b.sequence);

/** The checkpoints that these want: one over each row of numbers that follow on each other. */
export const dueFor = (left: ReturnType<typeof leftUnsigned>): Due[] => {
	const due: Due[] = [];
	let hashes: Uint8Array[] = [];
	for (const [at, { sequence, hash }] of left.entries()) {
		hashes.push(hash);
		// A number that is missing after it was a checkpoint's, or nobody's.
		if (left[at + 1]?.sequence === sequence + 1) continue;
		due.push({ sequence: sequence + 1, hashes });
		hashes = [];
	}
	return due;
};
