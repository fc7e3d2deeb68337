import type { Readable } from 'node:stream';
import { Problem } from '@keyward/core';
import type { Clock } from '@keyward/core/port';
import { distinctTimes } from './distinct-times.ts';
import { type LineReader, readLines } from './lines.ts';
import type { Timekeeper } from '../sample/timekeeper.ts';
import { checkReplay, replay, type ReplayOptions } from './replay.ts';
import { checkFigures, type FigureOptions, samplesOf, sentenceIn } from './safecast-figure.ts';
import { recordedSentences } from './safecast-recording.ts';
import type { Sample, Source } from '../sample/source.ts';

export interface SafecastOptions extends FigureOptions {
	/** Opens the sentences; called again when a replay repeats. */
	readonly open: () => Readable;
	/** Null for a counter on the line, whose sentences come when they come. */
	readonly replay: ReplayOptions | null;
	readonly live: boolean;
	readonly timekeeper: Timekeeper;
}

/** Plays a log of a bGeigie's sentences (`recordedSentences`), or takes them as they come (`sentenceLines`). */
export const safecast = (options: SafecastOptions): Source => {
	const { replay: how, timekeeper, live } = options;
	if (how !== null) checkReplay(how);
	checkFigures(options);
	const sentences = async function* (signal: AbortSignal): AsyncIterable<Sample | Problem> {
		const lines = readLines(options.open(), signal);
		if (!live) {
			yield* recordedSentences(lines, options);
			return;
		}
		const read = sentenceLines({ ...options, clock: timekeeper });
		for await (const line of lines) yield* read(line);
	};
	return {
		live,
		read: (signal) => (how === null ? sentences(signal) : replay(() => sentences(signal), how, timekeeper, signal)),
	};
};

export interface SentenceLineOptions extends FigureOptions {
	/** Dates what a counter sends without a GPS fix. */
	readonly clock: Clock;
}

/**
 * One bGeigie sentence a line, as it comes. A sentence whose checksum is wrong, that is void, or that is cut short never becomes a
 * sample: it is a `Problem` with `sentence-checksum`, `sentence-void` or `sentence-malformed`. Blank lines and comments
 * (`#`) are skipped. Throws `Problem('source-malformed')` for options that mean nothing.
 */
export const sentenceLines = (options: SentenceLineOptions): LineReader => {
	checkFigures(options);
	const arrival = distinctTimes(options.clock);
	return function* (line) {
		const sentence = sentenceIn(line);
		if (sentence instanceof Problem) yield sentence;
		else if (sentence !== null) yield* samplesOf(sentence, (stream) => sentence.time ?? arrival(stream), options);
	};
};
