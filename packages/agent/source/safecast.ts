import type { Readable } from 'node:stream';
import { type Instant, Problem } from '@keyward/core';
import { isName } from '@keyward/core/device';
import type { Clock } from '@keyward/core/port';
import { distinctTimes } from './distinct-times.ts';
import { type LineReader, readLines } from './lines.ts';
import { checkReplay, replay, type ReplayOptions, type Timekeeper } from './replay.ts';
import { parseSentence, type SafecastSentence } from './safecast-sentence.ts';
import type { Sample, Source } from './source.ts';

/** What a sentence can tell: counts per minute (unit `1/min`) or the dose rate made of them (`Sv/h`). */
export const safecastFigures = ['count-rate', 'dose-rate'] as const;

export type SafecastFigure = (typeof safecastFigures)[number];

export interface SentenceLineOptions {
	/** Which figure each stream carries. */
	readonly streams: Readonly<Record<string, SafecastFigure>>;
	/** Counts per minute at 1 µSv/h: 334 for the LND 7317 tube of a bGeigie. */
	readonly sensitivity: number;
	/** Dates what a counter sends without a GPS fix; null for a recording, where such a sentence is refused. */
	readonly clock: Clock | null;
}

export interface SafecastOptions extends Omit<SentenceLineOptions, 'clock'> {
	/** Opens the sentences; called again when a replay repeats. */
	readonly open: () => Readable;
	/** Null for a counter on the line, whose sentences come when they come. */
	readonly replay: ReplayOptions | null;
	readonly live: boolean;
	readonly timekeeper: Timekeeper;
}

/** Plays a log of a bGeigie's sentences, or takes them as they come; `sentenceLines` says what becomes of each. */
export const safecast = (options: SafecastOptions): Source => {
	const { replay: how, timekeeper } = options;
	if (how !== null) checkReplay(how);
	const read = sentenceLines({ ...options, clock: options.live ? timekeeper : null });
	const sentences = async function* (signal: AbortSignal): AsyncIterable<Sample | Problem> {
		for await (const line of readLines(options.open(), signal)) yield* read(line);
	};
	return {
		live: options.live,
		read: (signal) => (how === null ? sentences(signal) : replay(() => sentences(signal), how, timekeeper, signal)),
	};
};

/**
 * One bGeigie sentence a line. A sentence whose checksum is wrong, that is void, or that is cut short never becomes a
 * sample: it is a `Problem` with `sentence-checksum`, `sentence-void` or `sentence-malformed`. Blank lines and comments
 * (`#`) are skipped. Throws `Problem('source-malformed')` for options that mean nothing.
 */
export const sentenceLines = (options: SentenceLineOptions): LineReader => {
	if (!(options.sensitivity > 0 && Number.isFinite(options.sensitivity))) {
		throw new Problem('source-malformed', 'the sensitivity must be above zero: counts per minute at 1 µSv/h');
	}
	for (const stream of Object.keys(options.streams)) {
		if (!isName(stream)) throw new Problem('source-malformed', `${JSON.stringify(stream)} is not a stream name`);
	}
	const { clock } = options;
	const arrival = clock === null ? null : distinctTimes(clock);
	return function* (line) {
		if (line instanceof Problem) {
			yield line.code === 'source-malformed' ? new Problem('sentence-malformed', line.detail) : line;
			return;
		}
		if (line.text === '' || isComment(line.text)) return;
		try {
			const sentence = parseSentence(line.text);
			for (const [stream, figure] of Object.entries(options.streams)) {
				yield sampleOf(sentence, sentence.time ?? timeAt(arrival, stream), stream, figure, options);
			}
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			yield new Problem(error.code, `line ${line.number}: ${error.detail}`);
		}
	};
};

/** A sentence whose first byte was garbled to `#` is no comment: it must be counted. */
const isComment = (text: string): boolean => text.startsWith('#') && !/^#B[MN]RDD,/.test(text);

const timeAt = (arrival: ((stream: string) => Instant) | null, stream: string): Instant => {
	if (arrival !== null) return arrival(stream);
	throw new Problem('sentence-void', 'there is no GPS fix (V), so that nobody knows when it was counted');
};

const sampleOf = (
	{ countsPerMinute }: SafecastSentence,
	time: Instant,
	stream: string,
	figure: SafecastFigure,
	{ sensitivity }: SentenceLineOptions,
): Sample =>
	figure === 'count-rate'
		? { stream, time, value: countsPerMinute, unit: '1/min' }
		: { stream, time, value: (countsPerMinute / sensitivity) * 1e-6, unit: 'Sv/h' };
