import { type Bytes } from '@keyward/core';
import { type Cutter, Gathered, longestLine, type Piece } from './cutter.ts';
import type { InputEnds, LineEnd } from './line-end.ts';
import { LineWatch } from './line-watch.ts';

const LF = 0x0a;
const CR = 0x0d;

/**
 * Lines by their ends. Half a line can look like a whole one (`1.5` of `21.5`): where the input may begin within one, what comes before the
 * first end of a line is passed over; where it may end within one, what is left at the end is a fault.
 */
export class EndCutter implements Cutter {
	readonly #end: LineEnd;
	readonly #cutAtEnd: boolean;
	readonly #watch: LineWatch | null;
	readonly #gathered = new Gathered();
	#joined: boolean;
	/** With `any`: the line feed of CRLF may follow. */
	#returned = false;

	constructor(end: LineEnd, ends: InputEnds) {
		this.#end = end;
		this.#cutAtEnd = ends !== 'whole';
		this.#joined = ends !== 'cut';
		this.#watch = ends === 'cut' ? new LineWatch(longestLine, end) : null;
	}

	take(bytes: Buffer, now: number): Piece[] {
		const pieces: Piece[] = [];
		let rest = bytes;
		for (let at = this.#find(rest); at >= 0; at = this.#find(rest)) {
			this.#watch?.ended();
			const half = this.#returned && at === 0 && rest[0] === LF && this.#gathered.size === 0;
			this.#returned = this.#end === 'any' && rest[at] === CR;
			if (this.#joined && !half) {
				this.#gathered.add(rest.subarray(0, at));
				pieces.push(this.#line());
			}
			this.#joined = true;
			rest = rest.subarray(at + 1);
		}
		if (this.#joined) this.#gathered.add(rest);
		const complaint = this.#watch?.came(rest, now) ?? null;
		if (complaint !== null) pieces.push(complaint);
		return pieces;
	}

	close(): Piece[] {
		const { size } = this.#gathered;
		const line = this.#line();
		// After CRLF a line feed alone is left.
		if (size === 0 || (this.#end !== 'lf' && Buffer.isBuffer(line) && line.length === 0)) return [];
		return [this.#cutAtEnd ? { code: 'source-malformed', what: 'was cut off' } : line];
	}

	/** Without the other half of CRLF, which belongs to the end. */
	#line(): Piece {
		const line = this.#gathered.take();
		if (!Buffer.isBuffer(line)) return line;
		if (this.#end === 'lf') return line.subarray(0, line.at(-1) === CR ? -1 : undefined);
		return this.#end === 'cr' ? line.subarray(line[0] === LF ? 1 : 0) : line;
	}

	#find(bytes: Buffer): Bytes {
		if (this.#end !== 'any') return bytes.indexOf(this.#end === 'lf' ? LF : CR);
		const [feed, turn] = [bytes.indexOf(LF), bytes.indexOf(CR)];
		return feed < 0 || turn < 0 ? Math.max(feed, turn) : Math.min(feed, turn);
	}
}
