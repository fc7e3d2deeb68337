import { Problem } from '@keyward/core';
import type { Clock } from '@keyward/core/port';
import { distinctTimes } from './distinct-times.ts';
import type { LineReader } from './lines.ts';
import type { Pick } from './pick.ts';
import type { Measurement } from './poll.ts';

/** One figure of what an instrument says. */
export interface PickedStream {
	readonly pick: Pick;
	readonly unit?: string;
}

export type PickedStreams = Readonly<Record<string, PickedStream>>;

/** The figures in one text; what is not to be had is a `Problem` that begins with `at`. */
export function* pickAll(text: string, streams: PickedStreams, at: string): Iterable<Measurement | Problem> {
	for (const [stream, { pick, unit }] of Object.entries(streams)) {
		try {
			yield { stream, value: pick(text), ...(unit === undefined ? {} : { unit }) };
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			yield new Problem(error.code, `${at}: ${stream}: ${error.detail}`);
		}
	}
}

/** Several figures a line, each found as its stream says and dated as the line comes; blank lines and those of `#` are skipped. */
export const pickedLines = (streams: PickedStreams, clock: Clock): LineReader => {
	const timeOf = distinctTimes(clock);
	return function* (line) {
		if (line instanceof Problem) yield line;
		else if (line.text.trim() !== '' && !line.text.startsWith('#'))
			for (const item of pickAll(line.text, streams, `line ${line.number}`))
				yield item instanceof Problem ? item : { ...item, time: timeOf(item.stream) };
	};
};
