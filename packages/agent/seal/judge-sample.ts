import { defaultClockTolerance, type Refusal } from '@keyward/core';
import { judgeTime } from '@keyward/core/observe';
import type { HeldReading } from '../outbox/sealed-rows.ts';
import type { Sample } from '../sample/source.ts';
import type { SealerOptions } from './sealer-options.ts';
import type { Told } from './last-stored.ts';

/**
 * Whether a reading may be sealed: by its time as a service judges that of what it sees (CR 2.11, `judgeTime`). Of what is sealed only who opens it
 * sees the time, long after; the device itself is the last who can refuse it.
 */
export const judgeSample = (
	{ time }: Pick<Sample, 'time'>,
	{ now }: SealerOptions,
	told: Told | null,
): Refusal | null => {
	const { tolerance, earliest } = told?.taken ?? { tolerance: defaultClockTolerance, earliest: null };
	return judgeTime(time, now(), { tolerance, earliest: earliest ?? Number.NEGATIVE_INFINITY });
};

/** Keeps it aside with the reason, as what the service refused. */
export const refuseSample = (
	{ outbox, refused }: SealerOptions,
	held: HeldReading,
	{ code, reason }: Refusal,
): void => {
	outbox.refused(held.id, code, reason);
	refused?.(held, { code, detail: reason });
};
