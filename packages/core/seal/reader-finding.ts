import type { Instant } from '../units/instant.ts';
import type { ErrorCode } from '../problem/code.ts';

export type FindingCode =
	| Extract<
			ErrorCode,
			| 'seal-malformed'
			| 'seal-suite'
			| 'epoch-malformed'
			| 'epoch-recipients'
			| 'epoch-roster'
			| 'stream-key-unknown'
			| 'reading-forged'
			| 'reading-missing'
			| 'reading-replayed'
			| 'stream-forked'
			| 'stream-silent'
			| 'roster-stale'
	  >
	| 'epoch-unknown'
	| 'checkpoint-mismatch'
	| 'reading-unsigned'
	| 'reading-unsealed';

/**
 * What a reader notices that is not as it should be. Nothing of it ends the reading: what opens is shown, and what was noticed beside it.
 */
export interface ReaderFinding {
	readonly code: FindingCode;
	readonly detail: string;
	readonly epoch: number | null;
	/** Numbers that it is about, the last included; null for none. */
	readonly numbers: readonly [first: number, last: number] | null;
}

/** A reading as it opened. */
export interface OpenedReading {
	readonly epoch: number;
	readonly sequence: number;
	readonly time: Instant;
	readonly value: number | string | boolean;
	readonly unit: string;
	/**
	 * True where the device signed it. Whoever has the content key, each other reader among them, could have made one that is only
	 * opened: alarms and automation act on what is signed (SEALING.md).
	 */
	readonly signed: boolean;
}
