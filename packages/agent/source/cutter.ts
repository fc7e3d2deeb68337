import type { Bytes, ErrorCode, Milliseconds, Problem } from '@keyward/core';

/** A line that cannot be taken: what is wrong with it follows its number. */
export interface Fault {
	readonly code: ErrorCode;
	readonly what: string;
}

/** A line's bytes, or a fault in its place; a `Problem` is about no line. */
export type Piece = Buffer | Fault | Problem;

/** Finds the ends of lines in bytes as they come. `now` is of a clock that nobody sets. */
export interface Cutter {
	take(bytes: Buffer, now: Milliseconds): Piece[];
	/** The input has ended. */
	close(): Piece[];
	/** Where a line ends by silence: to be called so often, for `silence` to notice it. */
	readonly tick?: Milliseconds;
	silence?(now: Milliseconds): Piece[];
}

/** A longer line is no sensor's: it is skipped and complained about, so that memory stays bounded. */
export const longestLine: Bytes = 4096;

const tooLong: Fault = { code: 'source-malformed', what: `is longer than ${longestLine} bytes` };

/** What came of the line under way: never more than the longest line. */
export class Gathered {
	#parts: Buffer[] = [];
	size: Bytes = 0;

	add(bytes: Buffer): void {
		if (bytes.length === 0) return;
		this.size += bytes.length;
		if (this.size <= longestLine) this.#parts.push(bytes);
		else this.#parts = [];
	}

	/** All of it, after which there is nothing. */
	take(): Buffer | Fault {
		const whole = this.size <= longestLine ? Buffer.concat(this.#parts) : tooLong;
		this.#parts = [];
		this.size = 0;
		return whole;
	}
}
