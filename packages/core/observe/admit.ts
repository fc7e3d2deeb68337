import type { Policy, StreamTerms } from '../policy/policy.ts';
import { Problem } from '../problem/problem.ts';
import type { Refusal } from '../problem/refusal.ts';
import type { Bytes } from '../units/bytes.ts';
import type { Instant } from '../units/instant.ts';
import { earliestTaken, judgeRecord, type TimeBounds } from './admission.ts';
import { type ContentType, contentType } from './content-type.ts';
import { type Identity, timeIdentity } from './identity.ts';
import { decodePack } from './pack.ts';
import { encodeRecord } from './record.ts';
import type { ResolvedRecord } from './senml.ts';
import { inUnit } from './senml-unit.ts';

/** A record that may be appended: opaque from here on to all but who reads it. */
export interface Admitted {
	readonly identity: Identity;
	readonly type: ContentType;
	readonly payload: Uint8Array;
}

/** Who sent a message, as its session proved it; `since` then the name stands for this device. */
export interface Author {
	readonly device: string;
	readonly since: Instant;
}

/** What was agreed of the stream that the message is for. */
export interface MessageTerms {
	readonly stream: StreamTerms;
	readonly parameters: Policy['parameters'];
	readonly bounds: TimeBounds;
}

/** What becomes of a message: the records that are good, and the first reason why another is not. */
export interface Admission {
	readonly records: readonly Admitted[];
	readonly refusal: Refusal | null;
}

/** The most that a record's payload has. */
export const largestPayload: Bytes = 65_535;

/**
 * The part of admission that needs no memory, for a whole message of any transport: which of its records may this author
 * append to this stream? What they are its bytes tell. A time relative to now (RFC 8428 §4.5.3) counts from `relativeTo`, and is refused where that is null: anyone who holds a message
 * back would re-date it.
 */
export const admit = (
	payload: Uint8Array,
	author: Author,
	terms: MessageTerms,
	now: Instant,
	relativeTo: Instant | null = null,
): Admission => {
	let pack: ReturnType<typeof decodePack>;
	try {
		pack = decodePack(payload, relativeTo);
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		return { records: [], refusal: refused(error) };
	}
	return admitRecords(pack, author, terms, now);
};

/** The same for a message of another form, whose records the caller has read. */
export const admitRecords = (
	pack: readonly (ResolvedRecord | Problem)[],
	author: Author,
	terms: MessageTerms,
	now: Instant,
): Admission => {
	const earliest = earliestTaken(terms.bounds, author.since, now);
	const records: Admitted[] = [];
	let refusal: Refusal | null = null;
	for (const record of pack) {
		const admitted = record instanceof Problem ? refused(record) : admitOne(record, author, terms, now, earliest);
		if ('code' in admitted) refusal ??= admitted;
		else records.push(admitted);
	}
	return { records, refusal };
};

const admitOne = (
	sent: ResolvedRecord,
	{ device }: Author,
	{ stream, parameters, bounds }: MessageTerms,
	now: Instant,
	earliest: Instant,
): Admitted | Refusal => {
	const record = inUnit(sent, stream.unit);
	const refusal = judgeRecord(record, device, stream, parameters, now, bounds.clockTolerance, earliest);
	if (refusal !== null) return refusal;
	const payload = encodeRecord(record.doubted === true ? { ...record, doubt: ['time'] } : record);
	if (payload.length > largestPayload) return tooLarge;
	return { identity: timeIdentity(record.time), type: contentType.value, payload };
};

/** CR 7.1: one record must not cost what thousands do. */
const tooLarge: Refusal = {
	code: 'reading-too-large',
	requirement: 'input-refused',
	reason: 'one record is over 64 KiB',
};

/** CR 3.5 */
const refused = ({ code, detail }: Problem): Refusal => ({ code, requirement: 'input-refused', reason: detail });
