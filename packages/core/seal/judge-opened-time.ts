import { defaultClockTolerance } from '../units/clock-tolerance.ts';
import type { Instant } from '../units/instant.ts';
import { type Milliseconds, days } from '../units/milliseconds.ts';
import { found, type ReaderFinding } from './reader-finding.ts';
import type { Roster } from './roster.ts';

/** A device measures before its owner has named it: so long is passed over. */
const beforeRoster: Milliseconds = days(1);

/**
 * When the owner named the device first, by the rosters that this reader has. Null where they do not reach back to that: ones before them may name
 * it too.
 */
export const namedSince = (rosters: readonly Roster[], device: string): Instant | null => {
	const ordered = rosters.toSorted((a, b) => a.number - b.number);
	const at = ordered.findIndex(({ devices }) => devices.has(device));
	const first = ordered[at];
	return first !== undefined && (at > 0 || first.number === 1) ? first.issued : null;
};

/**
 * CR 2.11: of what is sealed nobody before its reader sees the time. A reading of the future was prepared in advance, and one of a time before the
 * device was the owner's is none of its readings. `now` is the reader's clock.
 */
export const judgeOpenedTime = (
	time: Instant,
	now: Instant,
	since: Instant | null,
	place: { readonly epoch: number; readonly sequence: number },
): ReaderFinding | null => {
	if (time > now + defaultClockTolerance)
		return found(
			'reading-time-future',
			`It says that it was measured at ${shown(time)}, and it is ${shown(now)} here: nobody measured it yet.`,
			place,
		);
	if (since === null || time >= since - beforeRoster) return null;
	return found(
		'reading-time-past',
		`It says that it was measured at ${shown(time)}, and the owner named this device at ${shown(since)} first: it was no device of the owner then.`,
		place,
	);
};

/** The device signed at `signed` that it had this reading, of a later time: it was sealed before it was measured. */
export const judgeSignedTime = (
	latest: { readonly time: Instant; readonly sequence: number } | null,
	epoch: number,
	signed: Instant | null,
): readonly ReaderFinding[] =>
	latest === null || signed === null || latest.time <= signed + defaultClockTolerance
		? []
		: [
				found(
					'reading-time-future',
					`Number ${latest.sequence} says that it was measured at ${shown(latest.time)}, and its device signed it at ${shown(signed)}.`,
					{ epoch, sequence: latest.sequence },
				),
			];

/** ECMA-262 has no date beyond that. */
const LAST_DATE: Instant = 8.64e15;
const shown = (time: Instant): string =>
	Math.abs(time) <= LAST_DATE ? new Date(time).toISOString() : `${time} ms after 1970`;
