import { type Instant, Problem } from '@keyward/core';
import { isName } from '@keyward/core/device/name';
import type { Line } from './lines.ts';
import { parseSentence, type SafecastSentence } from './safecast-sentence.ts';
import type { Sample } from '../sample/source.ts';

/** What a sentence can tell: counts per minute (unit `1/min`) or the dose rate made of them (`Sv/h`). */
export const safecastFigures = ['count-rate', 'dose-rate'] as const;

export type SafecastFigure = (typeof safecastFigures)[number];

export interface FigureOptions {
	/** Which figure each stream carries. */
	readonly streams: Readonly<Record<string, SafecastFigure>>;
	/** Counts per minute at 1 µSv/h: 334 for the LND 7317 tube of a bGeigie. */
	readonly sensitivity: number;
}

/** Throws `Problem('source-malformed')` for options that mean nothing. */
export const checkFigures = ({ sensitivity, streams }: FigureOptions): void => {
	if (!(sensitivity > 0 && Number.isFinite(sensitivity))) {
		throw new Problem('source-malformed', 'the sensitivity must be above zero: counts per minute at 1 µSv/h');
	}
	for (const stream of Object.keys(streams)) {
		if (!isName(stream)) throw new Problem('source-malformed', `${JSON.stringify(stream)} is not a stream name`);
	}
};

/** A sentence, and the line that it stood in. */
export interface NumberedSentence extends SafecastSentence {
	readonly line: number;
}

/** The sentence in a line, or why there is none; null for blank lines and comments. */
export const sentenceIn = (line: Line | Problem): NumberedSentence | Problem | null => {
	if (line instanceof Problem) {
		return line.code === 'source-malformed' ? new Problem('sentence-malformed', line.detail) : line;
	}
	if (line.text === '' || isComment(line.text)) return null;
	try {
		return { ...parseSentence(line.text), line: line.number };
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		return new Problem(error.code, `line ${line.number}: ${error.detail}`);
	}
};

/** A sentence whose first byte was garbled to `#` is no comment: it must be counted. */
const isComment = (text: string): boolean => text.startsWith('#') && !/^#B[MN]RDD,/.test(text);

/** The figures of a sentence; `timeOf` dates each stream's. */
export function* samplesOf(
	{ countsPerMinute }: SafecastSentence,
	timeOf: (stream: string) => Instant,
	{ streams, sensitivity }: FigureOptions,
): Iterable<Sample> {
	for (const [stream, figure] of Object.entries(streams)) {
		const time = timeOf(stream);
		yield figure === 'count-rate'
			? { stream, time, value: countsPerMinute, unit: '1/min' }
			: { stream, time, value: (countsPerMinute / sensitivity) * 1e-6, unit: 'Sv/h' };
	}
}
