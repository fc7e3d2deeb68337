import { Damaged } from './feed.ts';
import type { Give } from './give.ts';

/** The longest way back that is held in memory. */
const LONGEST = 134_217_728;
/** What is given on at once. */
const PIECE = 262_144;

/** What was decoded last, as far back as matches reach. Grows with what comes, not with what a header promises. */
export class LzmaWindow {
	readonly #size: number;
	#bytes: Buffer;
	#at = 0;
	#given = 0;
	/** Bytes decoded since the start. */
	total = 0;

	/** Throws `Damaged` for one that is too long to be held. */
	constructor(size: number) {
		if (size > LONGEST * 16) throw new Damaged();
		this.#size = Math.min(LONGEST, Math.max(4096, size));
		this.#bytes = Buffer.allocUnsafe(Math.min(this.#size + PIECE, 1_048_576));
	}

	/** Forgets what was before (a dictionary reset). */
	reset(): void {
		this.total = 0;
	}

	get pending(): number {
		return this.#at - this.#given;
	}

	get isFull(): boolean {
		return this.#at - this.#given >= PIECE;
	}

	last(distance: number): number {
		return this.#bytes[this.#at - 1 - distance] ?? 0;
	}

	put(octet: number): void {
		if (this.#at === this.#bytes.length) this.#makeRoom(1);
		this.#bytes[this.#at++] = octet;
		this.total++;
	}

	/** Repeats what lies `distance` + 1 back. Throws `Damaged` where nothing does. */
	copy(distance: number, length: number): void {
		if (distance >= this.total || distance >= this.#at) throw new Damaged();
		if (this.#at + length > this.#bytes.length) this.#makeRoom(length);
		const from = this.#at - distance - 1;
		if (from < 0) throw new Damaged();
		for (let index = 0; index < length; index++) this.#bytes[this.#at + index] = this.#bytes[from + index] ?? 0;
		this.#at += length;
		this.total += length;
	}

	append(bytes: Buffer): void {
		if (this.#at + bytes.length > this.#bytes.length) this.#makeRoom(bytes.length);
		bytes.copy(this.#bytes, this.#at);
		this.#at += bytes.length;
		this.total += bytes.length;
	}

	/** Gives on what was decoded since the last time. */
	async flush(give: Give): Promise<void> {
		const from = this.#given;
		this.#given = this.#at;
		if (this.#at > from) await give(this.#bytes.subarray(from, this.#at));
	}

	/** Grows, or drops what no match reaches any more; what was not given on yet stays. */
	#makeRoom(length: number): void {
		const most = this.#size + 2 * PIECE + 65_536;
		if (this.#bytes.length < most && this.#bytes.length < this.#at + length) {
			const larger = Buffer.allocUnsafe(Math.min(most, Math.max(this.#bytes.length * 2, this.#at + length)));
			this.#bytes.copy(larger, 0, 0, this.#at);
			this.#bytes = larger;
		}
		if (this.#at + length <= this.#bytes.length) return;
		const from = Math.min(this.#given, Math.max(0, this.#at - this.#size));
		this.#bytes.copyWithin(0, from, this.#at);
		this.#at -= from;
		this.#given -= from;
	}
}
