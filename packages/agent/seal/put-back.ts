import { readIdentity, sequenceIdentity } from '@keyward/core/observe';
import { readSealedItem, readSealedReading } from '@keyward/core/seal';
import type { Outbox } from '../outbox/outbox.ts';
import type { OwnEpoch } from '../outbox/sealed-rows.ts';
import { tryRead } from './key-epoch.ts';
import type { Told } from './last-stored.ts';

/** Whether the service has more of a stream than this folder ever had: it was put back from a copy. */
export const isBehind = (outbox: Outbox, stream: string, own: OwnEpoch, { epochs, sequences }: Told): boolean => {
	const epoch = epochs.get(stream) ?? 0;
	if (epoch !== own.number) return epoch > own.number;
	return (sequences.get(stream) ?? 0) > newestKnown(outbox, stream, own);
};

/** The newest number of the epoch that this folder has a reading or checkpoint of. */
export const newestKnown = (outbox: Outbox, stream: string, own: OwnEpoch): number => {
	let known = own.checkpoint;
	for (const bytes of outbox.sealedReadings(stream)) {
		const place = readIdentity(readSealedItem(bytes).identity);
		if ('epoch' in place && place.epoch === own.number) known = Math.max(known, place.sequence);
	}
	return known;
};

const sealedOf = (outbox: Outbox, stream: string) =>
	outbox.held(stream, Number.MAX_SAFE_INTEGER).flatMap((held) => {
		const { sealed } = held;
		return sealed === null || tryRead(sealed) === null ? [] : [{ held, sealed }];
	});

/** Numbers of what an earlier run sealed, and is to be signed by itself: no checkpoint covers it. */
export const heldNumbers = (outbox: Outbox, stream: string): ReadonlySet<number> =>
	new Set(sealedOf(outbox, stream).map(({ sealed }) => readSealedReading(sealed).sequence));

/** Lets go what an earlier run sealed, as it is. */
export const releaseSealed = (outbox: Outbox, stream: string): void => {
	for (const { held, sealed } of sealedOf(outbox, stream)) outbox.release(held, sealed);
};

/** Gives up what an earlier run sealed and was to sign by itself, and the service has: readings leave in their order. */
export const giveUpSealed = (outbox: Outbox, stream: string, { epochs, sequences }: Told): void => {
	const newest = sequenceIdentity(epochs.get(stream) ?? 0, sequences.get(stream) ?? 0);
	const known = sealedOf(outbox, stream).filter(({ sealed }) => readSealedItem(sealed).identity <= newest);
	outbox.acknowledged(known.map(({ held }) => held.id));
};

export const behind = (stream: string): string =>
	`The service has more of ${stream} than this folder: it was put back from a copy. The device goes on after what the service has; what the copy still held may come twice.`;
