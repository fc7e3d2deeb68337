import type { StreamName } from '../device/stream-name.ts';
import { UndeclaredHeader } from '../format/cose/header.ts';
import type { Admission, Admitted } from '../observe/admit.ts';
import { largestPayload } from '../observe/admit.ts';
import type { Parameters } from '../policy/parameter-value.ts';
import { Problem } from '../problem/problem.ts';
import type { Refusal } from '../problem/refusal.ts';
import type { Instant } from '../units/instant.ts';
import { digestOf, isSignedCheckpoint, type ReceivedCheckpoint } from './checkpoint.ts';
import type { ReceivedEpoch } from './epoch.ts';
import { isSignedEpoch } from './epoch.ts';
import { judgeEpoch, streamKeysOf } from './judge-epoch.ts';
import type { Roster, StreamTerms } from './roster.ts';
import { readSealedItem, readSealedMessage, type SealedItem } from './sealed-item.ts';
import { isSignedReading, type SealedReading } from './sealed-reading.ts';
import { mostCovered } from './suite.ts';

interface KnownEpoch {
	readonly hash: Uint8Array;
	readonly keys: readonly Uint8Array[];
	/** When it came on this connection; of one that is older, when its first item after that came. */
	since: Instant | null;
}

/** What a service that opens nothing remembers of a sealed stream, to check what comes next. */
export interface SealedStream {
	/** By number; the newest few. */
	readonly epochs: Map<number, KnownEpoch>;
	/** Hashes of the last readings of the newest epoch, by number. */
	readonly hashes: Map<number, Uint8Array>;
	/** The epoch that the hashes are of. */
	epoch: number;
}

/** What a sealed message is judged by. */
export interface SealedTerms {
	readonly name: StreamName;
	/** The owner's rosters of the application that the service holds, the one in force first. */
	readonly rosters: readonly Roster[];
	readonly parameters: Parameters;
}

/** Epochs and hashes that are remembered: twice what a checkpoint covers, so that one that is late still finds them. */
const keptEpochs = 8;
const keptHashes = 2 * mostCovered;

/** Sequence numbers of rows before the newest that {@link recallStream} wants, so that a checkpoint after a reconnection is checked. */
export const recalled = mostCovered + 1;

const TAGGED_SIGN1 = 0xd2;
const ARRAY_OF_3 = 0x83;
const BYTES = 2;

/** Whether a payload is a sealed message and no SenML pack, which begins with a map in its array. */
export const isSealedMessage = (payload: Uint8Array): boolean =>
	payload[0] === TAGGED_SIGN1 || (payload[0] === ARRAY_OF_3 && (payload[1] ?? 0) >> 5 === BYTES);

/** Whether readings of the stream are to come sealed: the policy asks it of the application, or the roster of the stream. */
export const mustBeSealed = ({ name, rosters, parameters }: SealedTerms): boolean =>
	parameters['sealed-readings'] !== null || rosters[0]?.streams.get(name.stream)?.sealed === true;

/** From what is stored: the newest epoch's row and the rows after it, at most {@link recalled}. */
export const recallStream = (rows: readonly Uint8Array[], { name, rosters }: SealedTerms): SealedStream => {
	const stream: SealedStream = { epochs: new Map(), hashes: new Map(), epoch: -1 };
	for (const row of rows) {
		const item = readSealedItem(row);
		if (item.kind === 'epoch') rememberEpoch(stream, item.received, keysOf(rosters, name), null);
		else if (item.kind !== 'checkpoint') rememberReading(stream, readingOf(item));
	}
	return stream;
};

/**
 * Which items of a message a device may append to its sealed stream, by all that can be checked without opening them (SEALING.md). What was
 * altered, reordered into another epoch, signed by another or sealed to others is refused by name; the good items around it are kept.
 */
export const admitSealed = (payload: Uint8Array, stream: SealedStream, terms: SealedTerms, now: Instant): Admission => {
	const records: Admitted[] = [];
	let items: readonly SealedItem[];
	try {
		items = readSealedMessage(payload);
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		// CRA Annex I (2)(g): a header beside the seal is open, and may carry what nobody agreed to.
		const requirement = error instanceof UndeclaredHeader ? 'data-minimised' : 'input-refused';
		return { records, refusal: refuse(error.code, requirement, error.detail) };
	}
	let first: Refusal | null = null;
	for (const item of items) {
		const refusal = item.bytes.length > largestPayload ? tooLarge : judgeItem(item, stream, terms, now);
		if (refusal === null) records.push({ identity: item.identity, type: item.contentType, payload: item.bytes });
		else first ??= refusal;
	}
	return { records, refusal: first };
};

const judgeItem = (item: SealedItem, stream: SealedStream, terms: SealedTerms, now: Instant): Refusal | null => {
	if (item.kind === 'epoch') return takeEpoch(item.received, stream, terms, now);
	if (item.kind === 'checkpoint') return judgeCheckpoint(item.received, stream);
	const signedEach = terms.rosters[0]?.streams.get(terms.name.stream)?.signed === 'each';
	const epoch = stream.epochs.get(item.epoch);
	const outlived = epoch === undefined ? null : judgeEpochAge(item.epoch, epoch, terms, now);
	if (outlived !== null) return outlived;
	if (item.kind === 'reading' && signedEach) {
		return refuse(
			'reading-unsigned',
			'reading-signature',
			'The roster has each reading of this stream signed by itself.',
		);
	}
	if (item.kind === 'signed-reading') {
		if (epoch === undefined) return epochUnknown(item.epoch);
		if (!isSignedReading(item.received, epoch.hash, epoch.keys)) return forged('reading');
	}
	rememberReading(stream, readingOf(item));
	return null;
};

/** Of an epoch's length, and in milliseconds, that its last readings may be late. */
const late = { part: 0.1, least: 5000 } as const;

/**
 * epoch-length: nothing is taken in an epoch that is in use for longer than the terms and the policy allow, by the service's own clock.
 * Counted from when the epoch came on this connection: what a device kept while it was away comes later than it was sealed.
 */
const judgeEpochAge = (
	number: number,
	epoch: KnownEpoch,
	{ name, rosters, parameters }: SealedTerms,
	now: Instant,
): Refusal | null => {
	epoch.since ??= now;
	const [terms, asked] = [rosters[0]?.streams.get(name.stream)?.epoch, parameters['epoch-length']];
	const length = Math.min(
		terms ?? Number.POSITIVE_INFINITY,
		typeof asked === 'number' ? asked : Number.POSITIVE_INFINITY,
	);
	if (now - epoch.since <= length + Math.max(length * late.part, late.least)) return null;
	return refuse(
		'epoch-outlived',
		'epoch-length',
		`Epoch ${number} has sealed readings for longer than ${length / 1000} s: begin another.`,
	);
};

const readingOf = (item: SealedItem & { readonly kind: 'reading' | 'signed-reading' }): SealedReading =>
	item.kind === 'reading' ? item.received : item.received.reading;

/** An epoch of the roster in force; or of one before it, where a device that was away still has what it sealed then. */
const takeEpoch = (
	received: ReceivedEpoch,
	stream: SealedStream,
	{ name, rosters, parameters }: SealedTerms,
	now: Instant,
): Refusal | null => {
	const current = rosters[0];
	if (current === undefined)
		return refuse('epoch-roster', 'explicit-readers', 'No roster of this application is here.');
	const keys = keysOf(rosters, name);
	// A device that the present roster names no more has nothing to send, under whatever roster.
	if (!isSignedEpoch(received, keys)) {
		return refuse(
			'stream-key-unknown',
			'reading-signature',
			`The roster names no key of ${name.device} that signed this.`,
		);
	}
	const roster = rosters.find(({ hash }) => Buffer.compare(hash, received.content.rosterHash) === 0) ?? current;
	const refusal = judgeEpoch(received, name, roster, now) ?? judgeLaxness(current.streams.get(name.stream), parameters);
	if (refusal === null) rememberEpoch(stream, received, keys, now);
	return refusal;
};

/** What the owner's terms of a stream are is the owner's; that they reach what the policy asks is looked at with each epoch. */
const judgeLaxness = (terms: StreamTerms | undefined, parameters: Parameters): Refusal | null => {
	if (terms === undefined) return null;
	const [sealed, length, signed] = [
		parameters['sealed-readings'],
		parameters['epoch-length'],
		parameters['reading-signature'],
	];
	if (sealed === 'sealed-pq' && terms.suite !== 2) return laxer('sealed-readings', 'suite', 'suite 2');
	if (typeof length === 'number' && terms.epoch > length) return laxer('epoch-length', 'epoch', `${length / 1000} s`);
	const within = terms.signed === 'each' ? 0 : terms.signed.within;
	return typeof signed === 'number' && within > signed
		? laxer('reading-signature', 'signed', signed === 0 ? 'each reading' : `${signed / 1000} s`)
		: null;
};

const judgeCheckpoint = (received: ReceivedCheckpoint, stream: SealedStream): Refusal | null => {
	const { checkpoint } = received;
	const epoch = stream.epochs.get(checkpoint.epoch);
	if (epoch === undefined) return epochUnknown(checkpoint.epoch);
	if (Buffer.compare(epoch.hash, checkpoint.epochHash) !== 0 || !isSignedCheckpoint(received, epoch.keys)) {
		return forged('checkpoint');
	}
	if (checkpoint.epoch !== stream.epoch) return null;
	const covered: Uint8Array[] = [];
	for (let number = checkpoint.first; number < checkpoint.sequence; number++) {
		const hash = stream.hashes.get(number);
		// One that never came: its readers see the gap, and this checkpoint is what shows it to them.
		if (hash === undefined) return null;
		covered.push(hash);
	}
	return Buffer.compare(digestOf(covered), checkpoint.digest) === 0
		? null
		: refuse(
				'checkpoint-mismatch',
				'reading-signature',
				'The device signed other readings than came: one was altered on its way, or made by another.',
			);
};

const keysOf = (rosters: readonly Roster[], { device }: StreamName): readonly Uint8Array[] =>
	rosters[0] === undefined ? [] : streamKeysOf(rosters[0], device);

const rememberEpoch = (
	stream: SealedStream,
	{ content, hash }: ReceivedEpoch,
	keys: readonly Uint8Array[],
	at: Instant | null,
): void => {
	// One that comes again is as old as it was.
	stream.epochs.set(content.number, { hash, keys, since: stream.epochs.get(content.number)?.since ?? at });
	for (const number of stream.epochs.keys()) {
		if (stream.epochs.size <= keptEpochs) break;
		stream.epochs.delete(number);
	}
	if (content.number > stream.epoch) {
		stream.epoch = content.number;
		stream.hashes.clear();
	}
};

const rememberReading = (stream: SealedStream, { epoch, sequence, hash }: SealedReading): void => {
	// The first to come under a number is the one that is stored: another is refused as a conflict.
	if (epoch !== stream.epoch || stream.hashes.has(sequence)) return;
	stream.hashes.set(sequence, hash);
	if (stream.hashes.size <= keptHashes) return;
	for (const number of stream.hashes.keys()) {
		if (stream.hashes.size <= keptHashes) break;
		stream.hashes.delete(number);
	}
};

/** What a device is told whose epoch is not here: it sends it again. */
export const epochUnknown = (epoch: number): Refusal =>
	refuse(
		'epoch-unknown',
		'sealed-readings',
		`Epoch ${epoch} of the stream is not here: send it, and then its readings.`,
	);

/** The answer to a reading that comes open where it must not (an order to a device to unseal is worth nothing). */
export const readingUnsealed: Refusal = {
	code: 'reading-unsealed',
	requirement: 'sealed-readings',
	reason: 'readings of this stream are taken sealed for their readers alone; the owner names those in a roster',
};

const forged = (what: string): Refusal =>
	refuse('reading-forged', 'reading-signature', `The ${what} is not signed in its epoch by the device's stream key.`);

const laxer = (requirement: Refusal['requirement'], member: string, least: string): Refusal =>
	refuse(
		'roster-laxer',
		requirement,
		`The roster's "${member}" of this stream is laxer than the policy, which asks for ${least}.`,
	);

const tooLarge: Refusal = {
	code: 'reading-too-large',
	requirement: 'input-refused',
	reason: 'one item is over 64 KiB',
};

function refuse(code: Refusal['code'], requirement: Refusal['requirement'], reason: string): Refusal {
	return { code, requirement, reason };
}
