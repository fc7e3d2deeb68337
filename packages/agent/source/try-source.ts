import { type ErrorCode, Problem } from '@keyward/core';
import { byWallClock } from '../clock/machine-clock.ts';
import { checkSample } from './check-sample.ts';
import type { Sample, Source } from '../sample/source.ts';

/** What became of a stream's samples in a trial. */
export interface TriedStream {
	count: number;
	first: number;
	last: number;
}

export interface Trial {
	readonly streams: ReadonlyMap<string, TriedStream>;
	/** How much was passed over, by code. */
	readonly passedOver: ReadonlyMap<ErrorCode, number>;
}

/**
 * Reads a source as a running agent would, and sends nothing: `show` is told each sample that would be sent, and each problem in
 * place of one. Ends with the source, after so many of both, or when the signal is aborted.
 */
export const trySource = async (
	source: Source,
	{ most, signal, show }: { readonly most: number; readonly signal: AbortSignal; show(item: Sample | Problem): void },
): Promise<Trial> => {
	const stop = new AbortController();
	const streams = new Map<string, TriedStream>();
	const passedOver = new Map<ErrorCode, number>();
	const moments = new Map<string, Sample['value']>();
	let count = 0;
	for await (const given of source.read(AbortSignal.any([signal, stop.signal]))) {
		const judged = given instanceof Problem ? given : judge(given, moments);
		if (judged instanceof Problem) passedOver.set(judged.code, (passedOver.get(judged.code) ?? 0) + 1);
		else if (judged !== null) {
			const before = streams.get(judged.stream) ?? { count: 0, first: judged.time, last: judged.time };
			streams.set(judged.stream, {
				count: before.count + 1,
				first: Math.min(before.first, judged.time),
				last: Math.max(before.last, judged.time),
			});
		}
		if (judged !== null) show(judged);
		count += 1;
		if (count < most) continue;
		stop.abort();
		break;
	}
	return { streams, passedOver };
};

/** As the outbox would have it: null for the same sample once more, a problem for another value at the same moment. */
const judge = (sample: Sample, moments: Map<string, Sample['value']>): Sample | Problem | null => {
	try {
		checkSample(sample);
	} catch (error) {
		if (error instanceof Problem) return error;
		throw error;
	}
	const moment = `${sample.stream} ${sample.time}`;
	const before = moments.get(moment);
	moments.set(moment, before ?? sample.value);
	// Two ticks may be one millisecond of the wall clock: they are told apart by the tick.
	const dated = { ...sample, time: byWallClock(sample.time) };
	if (before === undefined) return dated;
	return before === sample.value
		? null
		: new Problem(
				'reading-conflict',
				`${sample.stream} has two values at ${new Date(dated.time).toISOString()}: ${String(before)} and ${String(sample.value)}`,
			);
};
