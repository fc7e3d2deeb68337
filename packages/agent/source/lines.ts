import { addAbortSignal, type Readable } from 'node:stream';
import { type Bytes, Problem } from '@keyward/core';

export interface Line {
	/** Without its line ending. */
	readonly text: string;
	/** 1, 2, 3 … */
	readonly number: number;
}

/** A longer line is no sensor's: it is skipped and complained about, so that memory stays bounded. */
const longest: Bytes = 4096;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Splits bytes at line feeds, with or without a carriage return before them; a byte order mark is dropped. A line that
 * is too long or not UTF-8 becomes `Problem('source-malformed')` in its place. What is left at the end counts as a line.
 */
export async function* readLines(input: Readable, signal: AbortSignal): AsyncIterable<Line | Problem> {
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
				add(rest.subarray(0, end));
				yield take();
				rest = rest.subarray(end + 1);
			}
			if (rest.length > 0) add(rest);
		}
	} catch (error) {
		if (signal.aborted) return;
		const reason = error instanceof Error ? error.message : String(error);
		throw new Problem('source-malformed', `the input cannot be read: ${reason}`, { cause: error });
	}
	if (size > 0) yield take();
}
