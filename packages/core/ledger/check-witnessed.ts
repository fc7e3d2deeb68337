import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import { type Milliseconds, minutes } from '../units/milliseconds.ts';
import { openCheckpoint } from './checkpoint.ts';
import { cosignaturesOn, quorumTime } from './cosignature.ts';
import { originIn } from './judge-checkpoint.ts';
import type { NoteKey } from './note.ts';

/** Whom somebody believes about a ledger: their own pins, whatever the site says. */
export interface WitnessPins {
	readonly logs: readonly NoteKey[];
	readonly witnesses: readonly NoteKey[];
	readonly quorum: number;
	/** How old the quorum's word may be. */
	readonly within: Milliseconds;
}

/** What a cosigned checkpoint is worth to them. */
export interface WitnessCheck {
	/** Null when it counts. */
	readonly refused: string | null;
	readonly origin: string | null;
	readonly size: number | null;
	readonly at: Instant | null;
	readonly by: readonly string[];
}

/** Two clocks may differ by this much. */
const SKEW: Milliseconds = minutes(1);

/** Checks a checkpoint with its cosignatures, anywhere and without asking anybody. */
export const checkWitnessed = (note: string, pins: WitnessPins, now: Instant): WitnessCheck => {
	const origin = originIn(note);
	const refuse = (refused: string, more: Partial<WitnessCheck> = {}): WitnessCheck => ({
		...{ refused, origin, size: null, at: null, by: [] },
		...more,
	});
	const [log] = pins.logs.filter(({ name }) => name === origin);
	// CR 3.9: another ledger's checkpoint, cosigned by the same witnesses, must not pass for this one's.
	if (log === undefined) return refuse('it is not of a ledger whose key was given');
	try {
		const { size } = openCheckpoint(note, log);
		const found = cosignaturesOn(note, pins.witnesses);
		const by = found.map(({ name }) => name);
		const at = quorumTime(found, pins.quorum);
		if (at === null) return refuse(`${found.length} of the witnesses vouch, and ${pins.quorum} must`, { size, by });
		if (at > now + SKEW) return refuse('its cosignatures are of the future', { size, at, by });
		if (now - at > pins.within) return refuse('its cosignatures are too old', { size, at, by });
		return { refused: null, origin, size, at, by };
	} catch (error) {
		if (error instanceof Problem) return refuse(error.detail);
		throw error;
	}
};
