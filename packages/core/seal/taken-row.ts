import type { Instant } from '../units/instant.ts';
import type { openEpoch } from './epoch.ts';
import type { OpenedReading, ReaderFinding } from './reader-finding.ts';
import type { Roster } from './roster.ts';

/** What a reader judges and opens by. */
export interface ReaderTrust {
	/** The owner's rosters of the application that this reader verified, the one in force first. */
	readonly rosters: readonly [Roster, ...Roster[]];
	/** Opens what is sealed to this reader. */
	readonly key: Parameters<typeof openEpoch>[1];
	readonly now: Instant;
}

/** What one row of a stream brought. */
export interface TakenRow {
	readonly reading: OpenedReading | null;
	/** Readings given before as opened that the device has signed now. */
	readonly signed: { readonly epoch: number; readonly numbers: readonly [first: number, last: number] } | null;
	/** Nothing up to this number will be signed any more than it is: a checkpoint is past it. */
	readonly closed: { readonly epoch: number; readonly last: number } | null;
	readonly findings: readonly ReaderFinding[];
}

export const nothing = (findings: readonly ReaderFinding[], closed: TakenRow['closed'] = null): TakenRow => ({
	...{ reading: null, signed: null, closed, findings },
});
