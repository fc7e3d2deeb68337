import { addAbortSignal, type Readable } from 'node:stream';
import { type Milliseconds, Problem } from '@keyward/core';
import type { BlockCheck } from './block-check.ts';
import type { Cutter, Piece } from './cutter.ts';
import { EndCutter } from './end-cutter.ts';
import type { InputEnds, LineEnd } from './line-end.ts';
import { FrameCutter } from './frame-cutter.ts';
import { PauseCutter } from './pause-cutter.ts';
import type { Sample } from '../sample/source.ts';

export interface Line {
	/** Without its line ending. */
	readonly text: string;
	/** 1, 2, 3 … */
	readonly number: number;
}

/** What one line says, and what there is to say of a line that could not be taken. */
export type LineReader = (line: Line | Problem) => Iterable<Sample | Problem>;

/** By its end, by a silence after it, or by the frame around it. */
export type LineEnding =
	| LineEnd
	| { readonly pause: Milliseconds }
	| { readonly frame: 'stx-etx'; readonly check: BlockCheck };

const utf8 = new TextDecoder('utf-8', { fatal: true });

const cutterFor = (ending: LineEnding, ends: InputEnds): Cutter => {
	if (typeof ending === 'string') return new EndCutter(ending, ends);
	return 'pause' in ending ? new PauseCutter(ending.pause, performance.now()) : new FrameCutter(ending.check);
};

/**
 * Splits bytes into lines; a byte order mark is dropped. A line that is too long or not UTF-8 becomes
 * `Problem('source-malformed')` in its place, one that its check does not agree with `Problem('sentence-checksum')`. Bytes that
 * come without an end of a line are said once, as `Problem('source-no-line')`.
 */
export async function* readLines(
	input: Readable,
	signal: AbortSignal,
	ends: InputEnds = 'whole',
	ending: LineEnding = 'lf',
): AsyncIterable<Line | Problem> {
	const cutter = cutterFor(ending, ends);
	let number = 0;
	const read = (piece: Piece): Line | Problem => {
		if (piece instanceof Problem) return piece;
		number += 1;
		if (!Buffer.isBuffer(piece)) return new Problem(piece.code, `line ${number} ${piece.what}`);
		try {
			return { text: utf8.decode(piece), number };
		} catch {
			return new Problem('source-malformed', `line ${number} is not UTF-8`);
		}
	};
	try {
		for await (const pieces of cut(addAbortSignal(signal, input), cutter))
			for (const piece of pieces) yield read(piece);
	} catch (error) {
		if (signal.aborted) return;
		throw new Problem('source-malformed', unreadable(error), { cause: error });
	}
	for (const piece of cutter.close()) yield read(piece);
}

const unreadable = (error: unknown): string => {
	const { code, path = '', message } = error as NodeJS.ErrnoException;
	if (code === 'ENOENT') return `there is no ${path}: name the recording's file`;
	if (code === 'EACCES') return `${path} may not be read by this user: change its owner or mode`;
	if (code === 'EISDIR') return 'this is a folder: name one file in it';
	return `the input cannot be read: ${message}`;
};

/** What the cutter finds, as it finds it. */
async function* cut(input: Readable, cutter: Cutter): AsyncIterable<Piece[]> {
	if (cutter.tick === undefined) {
		for await (const chunk of input) yield cutter.take(Buffer.from(chunk as Uint8Array), performance.now());
		return;
	}
	// When bytes come says where a line ends: they are looked at as they come, however long the last line is worked on.
	const found: Piece[] = [];
	let wake = Promise.withResolvers<void>();
	const put = (pieces: Piece[]): void => {
		found.push(...pieces);
		if (found.length > 0) wake.resolve();
		if (found.length > mostWaiting) input.pause();
	};
	let failure: { readonly error: unknown } | null = null;
	let ended = false;
	const end = (): void => {
		ended = true;
		wake.resolve();
	};
	input.on('data', (chunk: Uint8Array) => put(cutter.take(Buffer.from(chunk), performance.now())));
	input.on('end', end).on('close', end);
	input.on('error', (error) => {
		failure = { error };
		end();
	});
	const looking = setInterval(() => put(cutter.silence?.(performance.now()) ?? []), cutter.tick);
	try {
		while (!ended || found.length > 0) {
			await wake.promise;
			wake = Promise.withResolvers<void>();
			yield found.splice(0);
			if (ended) wake.resolve();
			input.resume();
		}
		if (failure !== null) throw (failure as { readonly error: unknown }).error;
	} finally {
		clearInterval(looking);
		input.destroy();
	}
}

/** Lines that wait to be taken before no more is read. */
const mostWaiting = 1000;
