import { Problem } from '@keyward/core';
import { mostEpochs } from '@keyward/core/seal';
import type { ServiceTime, TakenTimes } from '../link/message.ts';
import type { Outbox } from '../outbox/outbox.ts';

/** What the service has last, by stream. */
export interface Told {
	readonly epochs: ReadonlyMap<string, number>;
	/** Numbers in those epochs; none of a service of before this was told. */
	readonly sequences: ReadonlyMap<string, number>;
	/** Left out: the usual ones. */
	readonly taken?: TakenTimes;
}

export const toldBy = (said: ServiceTime | undefined): Told => ({
	...{ epochs: new Map(said?.epochs), sequences: new Map(said?.sequences) },
	...(said !== undefined && { taken: said.taken }),
});

/** Epochs that a device may have begun since its folder was copied: one an hour, and a restart each minute for a month, are fewer. */
const MOST_SINCE = 2 ** 16;
/** Where the folder has none: as many again are left afterwards. */
const MOST_AT_FIRST = mostEpochs / 2;

/**
 * What of the service's word a device goes by. Numbers only rise, so that one lie of a service that is dishonest for a day would have it count to
 * the end, where no stream of it is ever sealed again.
 */
export const believed = (outbox: Outbox, told: Told, complain: (problem: Problem) => void): Told => {
	const epochs = [...told.epochs].filter(([stream, number]) => {
		const own = outbox.sealed.epoch(stream)?.number ?? null;
		if (number <= (own === null ? MOST_AT_FIRST : own + MOST_SINCE)) return true;
		const detail = `The service says that it has epoch ${number} of ${stream}; this device has begun ${own ?? 'none'}, and does not go by that.`;
		complain(new Problem('service-not-trusted', detail));
		return false;
	});
	return { ...told, epochs: new Map(epochs) };
};

/** The number of the next epoch; null where there are no more. */
export const nextEpoch = (
	stream: string,
	last: number,
	told: Told,
	complain: (problem: Problem) => void,
): number | null => {
	const next = Math.max(last, told.epochs.get(stream) ?? 0) + 1;
	if (next < mostEpochs) return next;
	complain(
		new Problem('epoch-exhausted', `${stream} has had its last epoch: commission the device under another name.`),
	);
	return null;
};
