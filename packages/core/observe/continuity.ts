import type { StreamTerms } from '../policy/policy.ts';
import type { Instant } from '../units/instant.ts';
import { hours, type Milliseconds, minutes, seconds } from '../units/milliseconds.ts';
import { type Identity, isSequenced, readIdentity } from './identity.ts';

/** Readings that should have come between two that did. */
export interface Gap {
	/** Of the readings before and after it. */
	readonly from: Identity;
	readonly to: Identity;
	readonly missing: number;
	readonly noticed: Instant;
}

/** What is known of a stream's coming in: it is the memory of `gap-noticed`. */
export interface Continuity {
	/** When its last reading came, whatever time that names; when it was opened, before the first. */
	heard: Instant;
	/** The highest identity. */
	newest: Identity;
	/** The latest, oldest first. One that is filled later, as an outbox does, is gone. */
	gaps: Gap[];
}

/** Whether a stream comes in as its policy says: a device that sleeps is not silent, and a silent one has no gap yet. */
export type Presence = 'heard' | 'asleep' | 'silent';

/** Gaps that are remembered of one stream. */
const MOST = 8;
/** How long a gap that nothing fills is shown, at least. */
const SHOWN: Milliseconds = hours(1);
/** Missing this many readings in a row is silence where no policy asks for more. */
const MISSED = 3;
const LEAST: Milliseconds = minutes(1);
const JITTER: Milliseconds = seconds(20);

/** How many readings should have come between two moments at which one did. */
export const missedBetween = (from: Instant, to: Instant, every: Milliseconds): number =>
	Math.max(0, Math.round((to - from) / every) - 1);

/** How many readings are missing between two neighbours. */
const missingBetween = (from: Identity, to: Identity, every: Milliseconds): number => {
	if (isSequenced(from) !== isSequenced(to)) return 0;
	if (!isSequenced(from)) return missedBetween(from, to, every);
	const [before, after] = [readIdentity(from), readIdentity(to)];
	// Where one key epoch ended only its signed checkpoint says.
	return 'epoch' in before && 'epoch' in after && before.epoch === after.epoch ? to - from - 1 : 0;
};

/**
 * A new reading of the stream is there. CR 6.2: a reading that somebody on the way dropped shows as a gap with the one after it;
 * one that comes late, from an outbox, closes its part of the gap.
 */
export const hear = (continuity: Continuity, identity: Identity, every: Milliseconds, now: Instant): void => {
	continuity.heard = now;
	const { newest, gaps } = continuity;
	const note = (from: Identity, to: Identity, noticed: Instant): Gap[] => {
		const missing = missingBetween(from, to, every);
		return missing > 0 ? [{ from, to, missing, noticed }] : [];
	};
	if (identity > newest) {
		continuity.newest = identity;
		if (Number.isFinite(newest)) gaps.push(...note(newest, identity, now));
		if (gaps.length > MOST) gaps.shift();
		return;
	}
	const at = gaps.findIndex(({ from, to }) => identity > from && identity < to);
	const gap = gaps[at];
	if (gap === undefined) return;
	gaps.splice(at, 1, ...note(gap.from, identity, gap.noticed), ...note(identity, gap.to, gap.noticed));
	if (gaps.length > MOST) gaps.shift();
};

/** The gaps that are to be shown. */
export const standingGaps = ({ gaps }: Continuity, every: Milliseconds, now: Instant): readonly Gap[] =>
	gaps.filter(({ noticed }) => now - noticed < Math.max(SHOWN, MISSED * every));

/**
 * How long after the moment at which a reading was due its absence is silence. `within` is what the policy asks of gap-noticed:
 * half of it is left to the person who looks.
 */
export const silenceGrace = (every: Milliseconds, within: Milliseconds | null): Milliseconds => {
	const patient = Math.max(LEAST, MISSED * every) - every;
	return within === null ? patient : Math.min(Math.max(JITTER, (MISSED - 1) * every), within / 2);
};

/** Whether the stream comes in, and since when it should have. `sleeps` is the class's: a sleeper sends when it wakes. */
export const presenceOf = (
	heard: Instant,
	{ every }: Pick<StreamTerms, 'every'>,
	within: Milliseconds | null,
	sleeps: Milliseconds,
	now: Instant,
): Presence => {
	const late = now - heard - every - silenceGrace(every, within);
	if (late <= 0) return 'heard';
	return late <= sleeps ? 'asleep' : 'silent';
};
