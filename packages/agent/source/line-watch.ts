import { type Bytes, type Milliseconds, Problem, seconds } from '@keyward/core';
import type { LineEnd } from './line-end.ts';

/** An instrument sends a whole line in far less. */
const patience: Milliseconds = seconds(30);
/** CR CR LF and LF CR are seen in the field: only more of the other end within one line are ends of lines. */
const mostOthers = 2;

/** What ends a line, or the frame around it. */
type WatchedEnd = LineEnd | 'stx-etx' | 'pause';

/** The end that a line is not told by, and what to do when it comes. */
const others: Readonly<Partial<Record<WatchedEnd, readonly [byte: number, advice: string]>>> = {
	lf: [0x0d, 'the instrument ends its lines with a carriage return alone: run with --line-ending cr'],
	cr: [0x0a, 'the instrument ends its lines with a line feed alone: run with --line-ending lf'],
};

/** From how many bytes on it is said that they are no text, and how many of them may be none: a unit in UTF-8, a digit garbled. */
const enough: Bytes = 32;
const mostStrange = 0.25;

const isText = (byte: number): boolean =>
	(byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d;

/**
 * Notices that bytes come and no line does: an instrument that ends its lines otherwise, or another baud rate, would
 * give nothing without a word. Says so once, until a line has ended.
 */
export class LineWatch {
	readonly #longest: Bytes;
	readonly #end: WatchedEnd;
	#size: Bytes = 0;
	#others = 0;
	#strange = 0;
	#since: Milliseconds | null = null;
	#told = false;

	constructor(longest: Bytes, end: WatchedEnd) {
		this.#longest = longest;
		this.#end = end;
	}

	ended(): void {
		this.#size = 0;
		this.#others = 0;
		this.#strange = 0;
		this.#since = null;
		this.#told = false;
	}

	/** Takes bytes without an end of a line; gives what there is to say of them. */
	came(bytes: Uint8Array, now: Milliseconds): Problem | null {
		if (this.#told || bytes.length === 0) return null;
		this.#since ??= now;
		this.#size += bytes.length;
		const other = others[this.#end]?.[0];
		for (const byte of bytes) {
			if (byte === other) this.#others += 1;
			if (!isText(byte)) this.#strange += 1;
		}
		const detail = this.#detail(now - this.#since);
		if (detail === null) return null;
		this.#told = true;
		return new Problem('source-no-line', detail);
	}

	#detail(passed: Milliseconds): string | null {
		// Among the bytes of another baud rate there is a carriage return too: it ends no line.
		if (this.#end !== 'stx-etx' && this.#size >= enough && this.#strange > this.#size * mostStrange)
			return 'bytes come that are no text, as of another baud rate or parity: see to --baud and --framing';
		if (this.#others > mostOthers) return others[this.#end]?.[1] ?? null;
		const how =
			this.#size > this.#longest
				? `more than ${this.#longest} bytes`
				: passed >= patience
					? `bytes for ${Math.floor(passed / 1000)} s`
					: null;
		if (how === null) return null;
		return this.#end === 'stx-etx'
			? `${how} came and no frame from STX to ETX: see to --baud, --framing and --line-ending`
			: `${how} came and no line ended: see to --baud, --framing and --line-ending`;
	}
}
