import { addAbortSignal, type Readable } from 'node:stream';
import { type Bytes, Problem } from '@keyward/core';
import { LineWatch } from './line-watch.ts';
import type { Sample } from './source.ts';

export interface Line {
	/** Without its line ending. */
	readonly text: string;
	/** 1, 2, 3 … */
	readonly number: number;
}

/** What one line says, and what there is to say of a line that could not be taken. */
export type LineReader = (line: Line | Problem) => Iterable<Sample | Problem>;

/** A longer line is no sensor's: it is skipped and complained about, so that memory stays bounded. */
const longest: Bytes = 4096;

/** What ends a line: `lf` a line feed, with or without a carriage return before it; `cr` a carriage return, with or without a line feed after it. */
export type LineEnding = 'lf' | 'cr';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Splits bytes into lines; a byte order mark is dropped. A line that is too long or not UTF-8 becomes
 * `Problem('source-malformed')` in its place. Bytes that come without an end of a line are said once: see `LineWatch`.
 *
 * `whole`: the input begins and ends with a line. `cut`: it may begin and end within one, as a serial port does. Half a
 * line can look like a whole one (`1.5` of `21.5`), so what comes before the first end of a line is passed over, and what is
 * left at the end is a `Problem('source-malformed')`.
 */
export async function* readLines(
	input: Readable,
	signal: AbortSignal,
	ends: 'whole' | 'cut' = 'whole',
	ending: LineEnding = 'lf',
): AsyncIterable<Line | Problem> {
	let joined = ends === 'whole';
	let number = 0;
	let kept: Buffer[] = [];
	const watch = new LineWatch(longest);
	const mark = ending === 'lf' ? 0x0a : 0x0d;
	let size = 0;

	const add = (piece: Buffer): void => {
		size += piece.length;
		if (size <= longest) kept.push(piece);
		else kept = [];
	};
	const take = (): Line | Problem => {
		number += 1;
		const all = Buffer.concat(kept);
		// The other half of CRLF belongs to the ending.
		const bytes =
			ending === 'cr' ? all.subarray(all[0] === 0x0a ? 1 : 0) : all.subarray(0, all.at(-1) === 0x0d ? -1 : undefined);
		const whole = size <= longest;
		kept = [];
		size = 0;
		if (!whole) return new Problem('source-malformed', `line ${number} is longer than ${longest} bytes`);
		try {
			return { text: utf8.decode(bytes), number };
		} catch {
			return new Problem('source-malformed', `line ${number} is not UTF-8`);
		}
	};

	try {
		for await (const chunk of addAbortSignal(signal, input)) {
			let rest = Buffer.from(chunk as Uint8Array);
			for (let end = rest.indexOf(mark); end >= 0; end = rest.indexOf(mark)) {
				watch.ended();
				if (joined) {
					add(rest.subarray(0, end));
					yield take();
				}
				joined = true;
				rest = rest.subarray(end + 1);
			}
			if (joined && rest.length > 0) add(rest);
			const complaint = ends === 'cut' ? watch.came(rest) : null;
			if (complaint !== null) yield complaint;
		}
	} catch (error) {
		if (signal.aborted) return;
		const reason = error instanceof Error ? error.message : String(error);
		throw new Problem('source-malformed', `the input cannot be read: ${reason}`, { cause: error });
	}
	// After CRLF a line feed alone is left.
	if (size === 0 || (ending === 'cr' && size === 1 && kept[0]?.[0] === 0x0a)) return;
	yield ends === 'whole' ? take() : new Problem('source-malformed', `line ${number + 1} was cut off`);
}
