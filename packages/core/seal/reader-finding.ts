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
			| 'reading-time-future'
			| 'reading-time-past'
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
	/** True where the device could not tell its time, and said so. */
	readonly doubted?: true;
	/** True where it was measured when the roster that it is sealed under had expired: an essential stream goes on so (roster-age). */
	readonly stale?: true;
	/**
	 * True where the device signed it. Anyone who has the content key, each other reader among them, could have made one that is only
	 * opened: alarms and automation act on what is signed (SEALING.md).
	 */
	readonly signed: boolean;
}

const codes: readonly string[] = [
	'seal-suite',
	'epoch-recipients',
	'epoch-roster',
	'stream-key-unknown',
	'roster-stale',
];

/** What a decision or an opening says, as a finding's code. */
export const codeOf = (code: string): ReaderFinding['code'] =>
	codes.includes(code) ? (code as ReaderFinding['code']) : 'epoch-malformed';

export const found = (
	code: ReaderFinding['code'],
	detail: string,
	{ epoch, sequence }: { readonly epoch: number; readonly sequence: number },
): ReaderFinding => ({ code, detail, epoch, numbers: [sequence, sequence] });

export const ofAll = (code: ReaderFinding['code'], detail: string): ReaderFinding => ({
	code,
	detail,
	epoch: null,
	numbers: null,
});

/**
 * An epoch that does not follow the one that came before it. A device that was put back from a copy knows no end of that, says so, and tells its
 * own operator `outbox-behind`: no fork, for it uses no number twice.
 */
export const unfollowed = (before: number, number: number, saysPrevious: boolean): ReaderFinding => {
	const place = { epoch: number, sequence: 0 };
	if (number > before + 1)
		return found('reading-missing', `Epochs between ${before} and ${number} did not come.`, place);
	return saysPrevious
		? found('stream-forked', `Epoch ${number} does not follow the epoch ${before} that came here.`, place)
		: found(
				'reading-missing',
				`Epoch ${number} does not say how epoch ${before} ended, so that its end may be missing: the device was put back from a copy, or lost its counters. When nobody put it back, look who has its key.`,
				place,
			);
};

export const gap = (epoch: number, [first, last]: readonly [number, number]): ReaderFinding => ({
	code: 'reading-missing',
	detail: first === last ? `Number ${first} did not come.` : `Numbers ${first} to ${last} did not come.`,
	epoch,
	numbers: [first, last],
});
