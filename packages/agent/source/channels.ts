import { type Milliseconds, Problem } from '@keyward/core';
import { isName } from '@keyward/core/device/name';
import type { Clock } from '@keyward/core/port';
import { type Channel, findChannel } from './channel.ts';
import { checkSpan, type Measurement, poll } from './poll.ts';
import type { Source } from '../sample/source.ts';

export interface ChannelStream {
	/** As `channelName` writes it; `findChannel` says what else will do. */
	readonly channel: string;
	/** In place of the channel's own. */
	readonly unit?: string;
}

export interface ChannelsOptions {
	/** What there is: `hwmonChannels`, `iioChannels` or `thermalChannels`. */
	readonly find: () => Promise<readonly Channel[]>;
	readonly streams: Readonly<Record<string, ChannelStream>>;
	readonly every: Milliseconds;
	readonly clock: Clock;
}

/**
 * Asks sensors that the kernel shows, every so long. One that gives no value, or is not there, is a `Problem` in its
 * place; a chip that is plugged in again is found under its new number. Throws `Problem('source-malformed')` when a channel
 * is not there to begin with.
 */
export const channels = ({ find, streams, every, clock }: ChannelsOptions): Source => {
	checkSpan('a sensor can be asked every', every);
	for (const stream of Object.keys(streams)) {
		if (!isName(stream)) throw new Problem('source-malformed', `${JSON.stringify(stream)} is not a stream name`);
	}
	return {
		live: true,
		async *read(signal) {
			const there = await find();
			for (const { channel } of Object.values(streams)) findChannel(channel, there);
			const round = async function* (): AsyncIterable<Measurement | Problem> {
				// Looked for again in each round: where a chip was, another may be by now, and would be read in its name.
				const all = await find();
				for (const [stream, { channel: name, unit }] of Object.entries(streams)) {
					try {
						const channel = findChannel(name, all);
						const value = await channel.read();
						const symbol = unit ?? channel.unit;
						yield { stream, value, ...(symbol === null ? {} : { unit: symbol }) };
					} catch (error) {
						if (!(error instanceof Problem)) throw error;
						yield error;
					}
				}
			};
			yield* poll({ every, clock }, round, signal);
		},
	};
};
