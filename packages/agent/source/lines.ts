import { addAbortSignal, type Readable } from 'node:stream';
import { type Bytes, Problem } from '@keyward/core';
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

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Splits bytes at line feeds, with or without a carriage return before them; a byte order mark is dropped. A line that
 * is too long or not UTF-8 becomes `Problem('source-malformed')` in its place.
 *
 * `whole`: the input begins and ends with a line. `cut`: it may begin and end within one, as a serial port does. Half a
 * line can look like a whole one (`1.5` of `21.5`), so what comes before the first line feed is passed over, and what is
 * left at the end is a `Problem('source-malformed')`.
 */
export async function* readLines(
	input: Readable,
	signal: AbortSignal,
	ends: 'whole' | 'cut' = 'whole',
): AsyncIterable<Line | Problem> {
	let joined = ends === 'whole';
	let number = 0;
	let kept: Buffer[] = [];
	let size = 0;

	const add = (piece: Buffer): void => {
		size += piece.length;
		if (size <= longest) kept.push(piece);
		else kept = [];
	};
	const take = (): Line | Problem => {
		number += 1;
		const bytes = Buffer.concat(kept);
		const whole = size <= longest;
		kept = [];
		size = 0;
		if (!whole) return new Problem('source-malformed', `line ${number} is longer than ${longest} bytes`);
		try {
			return { text: utf8.decode(bytes.at(-1) === 0x0d ? bytes.subarray(0, -1) : bytes), number };
		} catch {
			return new Problem('source-malformed', `line ${number} is not UTF-8`);
		}
	};

	try {
		for await (const chunk of addAbortSignal(signal, input)) {
			let rest = Buffer.from(chunk as Uint8Array);
			for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
				if (joined) {
					add(rest.subarray(0, end));
					yield take();
				}
				joined = true;
				rest = rest.subarray(end + 1);
			}
			if (joined && rest.length > 0) add(rest);
		}
	} catch (error) {
		if (signal.aborted) return;
		const reason = error instanceof Error ? error.message : String(error);
		throw new Problem('source-malformed', `the input cannot be read: ${reason}`, { cause: error });
	}
	if (size === 0) return;
	yield ends === 'whole' ? take() : new Problem('source-malformed', `line ${number + 1} was cut off`);
}
