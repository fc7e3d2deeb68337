import { Problem } from '@keyward/core';
import type { Line } from './lines.ts';
import { type FigureOptions, type NumberedSentence, samplesOf, sentenceIn } from './safecast-figure.ts';
import { dateGap, type Fix } from './safecast-gap.ts';
import type { Sample } from '../sample/source.ts';
import { withoutStrayTimes } from './stray-times.ts';

/** More sentences in a row without a fix than a drive of four days has are not kept in memory. */
const longestGap = 70_000;

/**
 * The sentences of a recording. One without a GPS fix is dated by those around it where that can be done (`dateGap`), else it is
 * `Problem('sentence-void')`; its samples come when the next fix is read.
 */
export async function* recordedSentences(
	lines: AsyncIterable<Line | Problem>,
	options: FigureOptions,
): AsyncIterable<Sample | Problem> {
	let before: Fix | null = null;
	let gap: NumberedSentence[] = [];
	for await (const sentence of withoutStrayTimes(sentencesIn(lines), strayIs)) {
		if (sentence instanceof Problem) {
			yield sentence;
			continue;
		}
		const { time } = sentence;
		if (time === null) {
			gap.push(sentence);
			if (gap.length <= longestGap) continue;
			for (const one of gap) yield voidOf(one, `more than ${longestGap} in a row have none`);
			[gap, before] = [[], null];
			continue;
		}
		const fix: Fix = { counter: sentence.counter, time };
		yield* datedGap(before, gap, fix, options);
		yield* samplesOf(sentence, () => time, options);
		[gap, before] = [[], fix];
	}
	yield* datedGap(before, gap, null, options);
}

const strayIs = (line: number): string => `line ${line}: its time is not between those of the sentences around it`;

async function* sentencesIn(lines: AsyncIterable<Line | Problem>): AsyncIterable<NumberedSentence | Problem> {
	for await (const line of lines) {
		const sentence = sentenceIn(line);
		if (sentence !== null) yield sentence;
	}
}

function* datedGap(
	before: Fix | null,
	gap: readonly NumberedSentence[],
	after: Fix | null,
	options: FigureOptions,
): Iterable<Sample | Problem> {
	if (gap.length === 0) return;
	const dated = dateGap(before, gap, after);
	for (const [at, sentence] of gap.entries()) {
		const time = typeof dated === 'string' ? undefined : dated[at];
		if (time === undefined) yield voidOf(sentence, String(dated));
		else yield* samplesOf(sentence, () => time, options);
	}
}

const voidOf = ({ line }: NumberedSentence, why: string): Problem =>
	new Problem('sentence-void', `line ${line}: nobody knows when it was counted: there is no GPS fix (V), and ${why}`);
