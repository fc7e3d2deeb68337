import { type Milliseconds, Problem } from '@keyward/core';
import { isName } from '@keyward/core/device/name';
import type { Clock } from '@keyward/core/port';
import { type HttpAddress, httpGet } from './http-get.ts';
import { newOnly } from './new-only.ts';
import type { Pick } from './pick.ts';
import { type PickedStreams, pickAll } from './picked-lines.ts';
import { checkSpan, type Measurement, poll } from './poll.ts';
import type { Source } from '../sample/source.ts';
import { momentOf } from './time.ts';
import type { Zone } from './zone.ts';

export interface HttpOptions extends HttpAddress {
	readonly streams: PickedStreams;
	/** Where the document says when it was measured; when left out that is when it came. */
	readonly time?: Pick;
	/** Of times that do not say their offset from UTC. */
	readonly zone?: Zone;
	readonly every: Milliseconds;
	readonly clock: Clock;
}

/**
 * Fetches a document every so long and finds the figures in it; a figure that is not there is a `Problem` in its place, a document
 * that is not to be had one for all. Throws `Problem('source-malformed')` for options that mean nothing.
 */
export const http = (options: HttpOptions): Source => {
	const { url, streams, time, zone, every, timeout, clock } = options;
	checkSpan('an address can be asked every', every);
	checkSpan('an answer may take', timeout);
	if (url.protocol !== 'http:' && url.protocol !== 'https:')
		throw new Problem('source-malformed', `${url.protocol} is not fetched: name an http or https address`);
	for (const stream of Object.keys(streams)) {
		if (!isName(stream)) throw new Problem('source-malformed', `${JSON.stringify(stream)} is not a stream name`);
	}
	return {
		live: true,
		read: (signal) => {
			const isNew = newOnly();
			const round = async function* (): AsyncIterable<Measurement | Problem> {
				let text: string;
				try {
					text = await httpGet(options, signal);
				} catch (error) {
					if (signal.aborted) return;
					if (!(error instanceof Problem)) throw error;
					yield error;
					return;
				}
				for (const item of documented(text, streams, { time, zone }, url.pathname)) if (isNew(item)) yield item;
			};
			return poll({ every, clock }, round, signal);
		},
	};
};

/** Where a document says when it was measured, and in which zone that is. */
export interface DocumentTime {
	readonly time: Pick | undefined;
	readonly zone: Zone | undefined;
}

/** The figures of a document, dated by it where it says when they were measured. */
export function* documented(
	text: string,
	streams: PickedStreams,
	{ time, zone }: DocumentTime,
	at: string,
): Iterable<Measurement | Problem> {
	try {
		const moment = time === undefined ? undefined : momentOf(time(text), zone);
		for (const item of pickAll(text, streams, at)) {
			yield item instanceof Problem || moment === undefined ? item : { ...item, time: moment };
		}
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		// Integrity (input-refused): a figure whose time cannot be read would be stored as measured now.
		yield new Problem(error.code, `${at}: the time: ${error.detail}`);
	}
}
