import { isSameStream, type StreamName } from '../device/stream-name.ts';
import type { Refusal } from '../problem/refusal.ts';
import type { Instant } from '../units/instant.ts';
import { isSignedEpoch, type ReceivedEpoch } from './epoch.ts';
import { nameOfReader } from './recipient.ts';
import type { Roster, RosterReader } from './roster.ts';

/** The readers that a new epoch of the stream is sealed to: those whose time has not run out. `now` is null where no clock is set. */
export const readersOf = (roster: Roster, stream: string, now: Instant | null): readonly RosterReader[] =>
	[...roster.readers.values()].filter(
		(reader) => reader.streams.includes(stream) && (now === null || reader.expires > now),
	);

/** The keys that may sign for a device: its own, and the one it succeeds. Empty where the roster has no such device. */
export const streamKeysOf = (roster: Roster, device: string): readonly Uint8Array[] => {
	const found = roster.devices.get(device);
	return found === undefined ? [] : found.previous === null ? [found.key] : [found.key, found.previous];
};

/** A stale roster is one whose time has run out: nothing new is begun or believed by it (roster-age). */
export const judgeRosterAge = (roster: Roster, now: Instant): Refusal | null =>
	now < roster.expires
		? null
		: {
				code: 'roster-stale',
				requirement: 'roster-age',
				reason: `The roster of ${roster.application} expired at ${new Date(roster.expires).toISOString()}.`,
			};

/**
 * Whether an epoch is one that the roster allows on this stream: signed by a stream key that it names (an impostor), made under it
 * (a withheld roster), of the suite of its terms (a weaker one ordered), and sealed to exactly its readers (one added, one left
 * out). Readers whose time ran out before now may have been left out.
 */
export const judgeEpoch = (epoch: ReceivedEpoch, stream: StreamName, roster: Roster, now: Instant): Refusal | null => {
	const { content, recipients } = epoch;
	const terms = roster.streams.get(stream.stream);
	if (!isSameStream(content, stream) || roster.application !== stream.application) {
		return refuse('epoch-malformed', 'reading-signature', 'The epoch is of another stream than the one it came on.');
	}
	if (!isSignedEpoch(epoch, streamKeysOf(roster, stream.device))) {
		return refuse(
			'stream-key-unknown',
			'reading-signature',
			`The roster names no key of ${stream.device} that signed this.`,
		);
	}
	if (Buffer.compare(content.rosterHash, roster.hash) !== 0) {
		return refuse('epoch-roster', 'explicit-readers', 'The epoch was made under another roster.');
	}
	if (terms === undefined || !terms.sealed || terms.suite !== content.suite) {
		return refuse('seal-suite', 'sealed-readings', 'The epoch is not of the suite that the roster gives this stream.');
	}
	const allowed = new Set(readersOf(roster, stream.stream, null).map(nameOf));
	const needed = readersOf(roster, stream.stream, now).map(nameOf);
	const named = new Set(recipients.map(hex));
	if (recipients.some((one) => !allowed.has(hex(one))) || needed.some((one) => !named.has(one))) {
		return refuse('epoch-recipients', 'explicit-readers', "The epoch's recipients are not the roster's readers.");
	}
	return null;
};

const hex = (thumbprint: Uint8Array): string => Buffer.from(thumbprint).toString('hex');
const nameOf = (reader: RosterReader): string => hex(nameOfReader(reader));

const refuse = (code: Refusal['code'], requirement: Refusal['requirement'], reason: string): Refusal => ({
	code,
	requirement,
	reason,
});
