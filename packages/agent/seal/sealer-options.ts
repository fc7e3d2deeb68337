import type { Instant, Problem } from '@keyward/core';
import type { Entropy, Signer } from '@keyward/core/port';
import { bootMark, type Roster, type SealingMeans } from '@keyward/core/seal';
import type { MachineClock } from '../clock/machine-clock.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Sample } from '../sample/source.ts';

/** The owner's roster as the device last took it: in force, or too old to begin anything by; null without an owner. */
export type SealingRoster =
	| { readonly state: 'current'; readonly roster: Roster }
	| { readonly state: 'stale'; readonly last: { readonly roster: Roster } | null }
	| null;

export interface SealerOptions extends SealingMeans {
	readonly application: string;
	readonly device: string;
	readonly outbox: Outbox;
	readonly machine: MachineClock;
	readonly signer: () => Promise<Signer>;
	readonly entropy: Entropy;
	/** The true time as well as it is known. */
	readonly now: () => Instant;
	/** Whether somebody contradicts that time: readings say that it is in doubt. */
	readonly disputed?: () => boolean;
	readonly complain: (problem: Problem) => void;
	/** A reading is not to be sealed, and is kept aside. */
	readonly refused?: (reading: Sample, why: Pick<Problem, 'code' | 'detail'>) => void;
	/** Something waits that did not before. */
	readonly wake: () => void;
}

/** The newest that there is, however old. */
export const newestRoster = (roster: SealingRoster): Roster | null =>
	roster === null ? null : roster.state === 'current' ? roster.roster : (roster.last?.roster ?? null);

export const bootOf = ({ application, device, machine }: SealerOptions): Uint8Array =>
	bootMark({ application, device }, machine.boot);
