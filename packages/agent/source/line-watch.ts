import { type Bytes, type Milliseconds, Problem, seconds } from '@keyward/core';

/** An instrument sends a whole line in far less. */
const patience: Milliseconds = seconds(30);
/** CR CR LF and LF CR are seen in the field: only more of them within one line are ends of lines. */
const mostReturns = 2;

/**
 * Notices that bytes come and no line does: an instrument that ends its lines otherwise, or another baud rate, would
 * give nothing without a word. Says so once, until a line has ended.
 */
export class LineWatch {
	readonly #longest: Bytes;
	readonly #now: () => Milliseconds;
	#size: Bytes = 0;
	#returns = 0;
	#since: Milliseconds | null = null;
	#told = false;

	constructor(longest: Bytes, now: () => Milliseconds = () => performance.now()) {
		this.#longest = longest;
		this.#now = now;
	}

	ended(): void {
		this.#size = 0;
		this.#returns = 0;
		this.#since = null;
		this.#told = false;
	}

	/** Takes bytes without an end of a line; gives what there is to say of them. */
	came(bytes: Uint8Array): Problem | null {
		if (this.#told || bytes.length === 0) return null;
		this.#since ??= this.#now();
		this.#size += bytes.length;
		for (const byte of bytes) if (byte === 0x0d) this.#returns += 1;
		const detail = this.#detail(this.#now() - this.#since);
		if (detail === null) return null;
		this.#told = true;
		return new Problem('source-no-line', detail);
	}

	#detail(passed: Milliseconds): string | null {
		if (this.#returns > mostReturns) {
			return 'the instrument ends its lines with a carriage return alone: run with --line-ending cr';
		}
		const how =
			this.#size > this.#longest
				? `more than ${this.#longest} bytes`
				: passed >= patience
					? `bytes for ${Math.floor(passed / 1000)} s`
					: null;
		return how === null ? null : `${how} came and no line ended: see to --baud, --framing and --line-ending`;
	}
}
