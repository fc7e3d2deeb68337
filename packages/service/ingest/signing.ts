import type { Instant, Milliseconds, Refusal } from '@keyward/core';
import {
	contentType,
	type Identity,
	isCheckpointIdentity,
	sequenceIdentity,
	timeIdentity,
} from '@keyward/core/observe';
import { admissionParameters, type Policy } from '@keyward/core/policy';
import { judgeCovered, readOpenCheckpoint, readSealedItem } from '@keyward/core/seal';

/** A reading that its device has not signed yet. */
interface Unsigned {
	readonly at: Instant;
	/** Of an open stream: what the device is to have signed. */
	readonly payload: Uint8Array | null;
}

/** What of a stream its device has not signed yet (reading-signature). Lives in memory: a restart of the service begins it again. */
export interface Signing {
	/** How long a reading may stay so; null where its policy asks nothing. */
	within: Milliseconds | null;
	/** By identity, in the order of their coming. */
	readonly unsigned: Map<Identity, Unsigned>;
	/** Nothing counts from before: a device that was away has the time again, but not over and over. */
	from: Instant;
}

export const openSigning = (): Signing => ({ within: null, unsigned: new Map(), from: Number.NEGATIVE_INFINITY });

/** Unsigned readings that are remembered of one stream: an outbox of weeks is signed while it is sent. */
const most = 8192;
/** Of the time, and in milliseconds, that a signature may be late. */
const late = { part: 0.1, least: 5000 } as const;
/** How long a device that was away waits until it is given the time again, at least; and of the time. */
const again = { least: 3_600_000, times: 10 } as const;

/** What the policy asks, and that a session of the device begins or is judged again. */
export const setSigning = (signing: Signing, policy: Policy, now: Instant): void => {
	const asked = admissionParameters(policy)['reading-signature'];
	signing.within = typeof asked === 'number' ? asked : null;
	if (signing.unsigned.size === 0 || now - signing.from < again.least + again.times * (signing.within ?? 0)) return;
	signing.from = now;
	if (signing.unsigned.size >= most) signing.unsigned.clear();
};

const eachAlone: Refusal = {
	code: 'reading-unsigned',
	requirement: 'reading-signature',
	reason: 'the policy asks that each reading is signed by itself: the owner has the stream sealed and signed "each"',
};

/**
 * Why nothing more of the stream is taken now. IEC 62443-4-2 CR 3.1: what nobody signs anybody can have changed; a device that does not
 * sign in time, or another in its place without its stream key, sends no more until a checkpoint of it is here.
 */
export const judgeUnsigned = ({ within, unsigned, from }: Signing, now: Instant): Refusal | null => {
	if (within === null) return null;
	if (within === 0) return eachAlone;
	const [oldest] = unsigned.values();
	if (oldest === undefined) return null;
	const since = now - Math.max(oldest.at, from);
	if (since <= within + Math.max(within * late.part, late.least) && unsigned.size < most) return null;
	return {
		code: 'reading-unsigned',
		requirement: 'reading-signature',
		reason: `the device has not signed ${unsigned.size} readings that are here, the oldest for longer than ${within / 1000} s: send its checkpoint, and then readings`,
	};
};

/** What of a checkpoint's readings is not in memory, as after a restart. */
export const unknownTo = ({ within, unsigned }: Signing, payload: Uint8Array): readonly Identity[] =>
	within === null
		? []
		: readOpenCheckpoint(payload)
				.checkpoint.times.map(timeIdentity)
				.filter((identity) => !unsigned.has(identity));

/** The time of the last reading that it covers: what its row is dated by. */
export const timeOfCheckpoint = (payload: Uint8Array): Instant =>
	readOpenCheckpoint(payload).checkpoint.times.at(-1) ?? 0;

/** Whether a checkpoint of an open stream covers what is here; `stored` is what {@link unknownTo} was found. */
export const judgeCheckpoint = (
	{ within, unsigned }: Signing,
	payload: Uint8Array,
	stored: ReadonlyMap<Identity, Uint8Array>,
	forgottenBefore: Instant,
): Refusal | null => {
	const { checkpoint } = readOpenCheckpoint(payload);
	// Readers compare it with what they have, whatever is asked here; what is forgotten nobody can.
	if (within === null || (checkpoint.times[0] ?? 0) < forgottenBefore) return null;
	return judgeCovered(checkpoint, (time) => unsigned.get(time)?.payload ?? stored.get(time) ?? null);
};

/**
 * Rows became durable. Gives how long the readings that are signed now had to wait, or those before them that their device left out and
 * will sign no more; null where none is signed.
 */
export const noteSigned = (
	signing: Signing,
	rows: readonly { readonly identity: Identity; readonly type: number; readonly payload: Uint8Array }[],
	now: Instant,
): Milliseconds | null => {
	const { within, unsigned } = signing;
	let longest: Milliseconds | null = null;
	for (const { identity, type, payload } of rows) {
		if (type === contentType['cose-encrypt0']) unsigned.set(identity, { at: now, payload: null });
		else if (type === contentType.value) {
			// A copy: what came is a view into a whole batch.
			if (within !== null) unsigned.set(identity, { at: now, payload: payload.slice() });
		} else if (unsigned.size > 0 || isCheckpointIdentity(identity)) {
			const waited = settle(signing, coveredBy(identity, payload), now);
			if (waited !== null) longest = Math.max(longest ?? 0, waited);
		}
	}
	if (unsigned.size > most) for (const oldest of unsigned.keys()) if (unsigned.size > most) unsigned.delete(oldest);
	return longest;
};

const coveredBy = (identity: Identity, payload: Uint8Array): readonly Identity[] => {
	if (isCheckpointIdentity(identity)) return readOpenCheckpoint(payload).checkpoint.times;
	const item = readSealedItem(payload);
	if (item.kind !== 'checkpoint') return [];
	const { epoch, first, sequence } = item.received.checkpoint;
	return Array.from({ length: sequence - first }, (_, at) => sequenceIdentity(epoch, first + at));
};

const settle = ({ unsigned }: Signing, covered: readonly Identity[], now: Instant): Milliseconds | null => {
	let [longest, newest]: [Milliseconds | null, Instant] = [null, Number.NEGATIVE_INFINITY];
	for (const identity of covered) {
		const one = unsigned.get(identity);
		if (one === undefined) continue;
		longest = Math.max(longest ?? 0, now - one.at);
		newest = Math.max(newest, one.at);
		unsigned.delete(identity);
	}
	// What came before them and is not among them is signed no more, as after a lost outbox: readers see it so.
	for (const [identity, { at }] of unsigned) {
		if (at >= newest) break;
		longest = Math.max(longest ?? 0, now - at);
		unsigned.delete(identity);
	}
	return longest;
};
