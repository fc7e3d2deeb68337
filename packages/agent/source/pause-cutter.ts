import type { Milliseconds } from '@keyward/core';
import { type Cutter, type Fault, Gathered, longestLine, type Piece } from './cutter.ts';
import { LineWatch } from './line-watch.ts';

const unseen: Fault = {
	code: 'source-malformed',
	what: 'is in doubt: this machine was too busy to see the silence that ends it',
};
const late: Fault = { code: 'source-malformed', what: 'was cut off' };

/**
 * Lines of an instrument that ends them with nothing: one ends when no byte comes for so long. What comes before the first silence
 * is passed over, for it may be half a line. Where this machine did not look for long enough that a silence may have passed unseen,
 * two lines could have become one, or one two: that line is a fault.
 */
export class PauseCutter implements Cutter {
	readonly #pause: Milliseconds;
	readonly #gathered = new Gathered();
	readonly #watch = new LineWatch(longestLine, 'pause');
	readonly tick: Milliseconds;
	#joined = false;
	#doubted = false;
	#looked: Milliseconds;
	#last: Milliseconds;

	constructor(pause: Milliseconds, now: Milliseconds) {
		this.#pause = pause;
		this.tick = Math.max(1, pause / 8);
		this.#looked = now;
		this.#last = now;
	}

	take(bytes: Buffer, now: Milliseconds): Piece[] {
		const pieces = this.silence(now);
		if (bytes.length === 0) return pieces;
		this.#last = now;
		if (this.#joined) this.#gathered.add(bytes);
		const complaint = this.#watch.came(bytes, now);
		return complaint === null ? pieces : [...pieces, complaint];
	}

	/** Looks whether the silence has lasted. */
	silence(now: Milliseconds): Piece[] {
		const away = now - this.#looked > this.#pause / 2;
		this.#looked = now;
		if (away) {
			// Bytes from before may still wait to be read, those of two lines even: the silence is counted from now.
			this.#last = now;
			this.#doubted = true;
			return [];
		}
		if (now - this.#last < this.#pause) return [];
		this.#watch.ended();
		const doubted = this.#doubted;
		this.#doubted = false;
		this.#joined = true;
		if (this.#gathered.size === 0) return [];
		const line = this.#gathered.take();
		return [doubted ? unseen : line];
	}

	close(): Piece[] {
		return this.#gathered.size === 0 ? [] : [late];
	}
}
