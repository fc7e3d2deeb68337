import type { Instant, Refusal } from '@keyward/core';
import {
	addDoubts,
	contentType,
	type Identity,
	isCheckpointIdentity,
	isSequenced,
	judgeIdentity,
	judgeValue,
	numberOf,
} from '@keyward/core/observe';
import { diskShort, forgotten, type Limits, overPace } from './limits.ts';
import { epochUnknown } from '@keyward/core/seal';
import { epochOf, holdsEpoch } from './epochs.ts';
import type { Pending } from './queue.ts';
import { judgeCheckpoint, judgeUnsigned, timeOfCheckpoint } from './signing.ts';
import { addPending, pendingAt } from './streams.ts';

/**
 * The part of admission that needs memory: what becomes of a record in the commit under way. A new one is added to it.
 * `stored` is the payload that the store has under its identity, or null; `covered`, of a checkpoint, what the store has of its readings.
 */
export const decide = (
	record: Pending,
	stored: Uint8Array | null,
	covered: ReadonlyMap<Identity, Uint8Array>,
	limits: Readonly<Limits>,
	now: Instant,
): 'new' | 'known' | Refusal => {
	const { stream, identity, payload } = record;
	if (isCheckpointIdentity(identity)) return decideCheckpoint(record, stored, covered, limits, now);
	const sequenced = isSequenced(identity);
	if (sequenced ? identity <= stream.forgotten : identity < limits.forgottenBefore) return forgotten;
	if (identity <= stream.nextNewest) {
		const judged = judgeIdentity(payload, pendingAt(stream, identity) ?? stored, sequenced);
		if (judged !== 'new') return judged;
	}
	if (sequenced && !holdsEpoch(stream, identity)) return epochUnknown(epochOf(identity));
	// What is known already was acknowledged above: it takes no room.
	if (limits.diskShort) return diskShort;
	// What is signed by itself, and what signs, is taken in any case. A record of the service's own is nobody's to sign.
	const unsigned =
		record.type === contentType['cose-sign1'] || record.session === null ? null : judgeUnsigned(stream.signing, now);
	const refusal = unsigned ?? overPace(stream, payload.length, limits, now);
	if (refusal !== null) return refusal;
	if (!sequenced) watchValue(record);
	addPending(stream, record, sequenced ? now : identity);
	return 'new';
};

/** The same for a checkpoint of an open stream. */
const decideCheckpoint = (
	record: Pending,
	stored: Uint8Array | null,
	covered: ReadonlyMap<Identity, Uint8Array>,
	limits: Readonly<Limits>,
	now: Instant,
): 'new' | 'known' | Refusal => {
	const { stream, identity, payload } = record;
	const judged = judgeIdentity(payload, pendingAt(stream, identity) ?? stored, true);
	if (judged !== 'new') return judged;
	if (limits.diskShort) return diskShort;
	const time = timeOfCheckpoint(payload);
	if (time < limits.forgottenBefore) return forgotten;
	const refusal =
		judgeCheckpoint(stream.signing, payload, covered, limits.forgottenBefore) ??
		overPace(stream, payload.length, limits, now);
	if (refusal !== null) return refusal;
	addPending(stream, record, time);
	return 'new';
};

/** Marks a value that is suspicious after those before it. Its record is kept with the mark, for anyone who reads it. */
const watchValue = ({ stream, identity, type, payload }: Pending): void => {
	const { nextWatch } = stream;
	if (nextWatch === null || type !== contentType.value) return;
	const value = numberOf(payload);
	if (value === null) return;
	const bits = judgeValue(nextWatch, identity, value);
	if (bits !== 0) addDoubts(payload, bits);
};
