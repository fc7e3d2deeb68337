/** Bytes of one piece of memory. */
const PIECE = 1_048_576;
const LONGEST = 65_535;

/** Many short byte strings, numbered from 0: in pieces of memory, without an object for each. */
export class Packed {
	readonly #pieces: Buffer[] = [];
	/** Free from here on in the last piece. */
	#free = PIECE;
	#starts = new Uint32Array(256);
	#lengths = new Uint16Array(256);
	#count = 0;

	get count(): number {
		return this.#count;
	}

	/** Beyond 65,535 bytes one is cut. */
	push(whole: Uint8Array): void {
		const bytes = whole.subarray(0, LONGEST);
		const last = this.#pieces.at(-1);
		if (last === undefined || this.#free + bytes.length > last.length) {
			this.#pieces.push(Buffer.alloc(PIECE));
			this.#free = 0;
		}
		this.#pieces.at(-1)?.set(bytes, this.#free);
		if (this.#count === this.#lengths.length) this.#grow();
		this.#starts[this.#count] = (this.#pieces.length - 1) * PIECE + this.#free;
		this.#lengths[this.#count++] = bytes.length;
		this.#free += bytes.length;
	}

	/** A view. */
	at(index: number): Buffer {
		const start = this.#starts[index] ?? 0;
		const from = start % PIECE;
		const piece = this.#pieces[(start - from) / PIECE] ?? Buffer.alloc(0);
		return piece.subarray(from, from + (this.#lengths[index] ?? 0));
	}

	#grow(): void {
		const starts = new Uint32Array(this.#count * 2);
		starts.set(this.#starts);
		this.#starts = starts;
		const lengths = new Uint16Array(this.#count * 2);
		lengths.set(this.#lengths);
		this.#lengths = lengths;
	}
}

/** Texts of which many are the same, each kept once. */
export class Interned {
	readonly #texts: string[] = [];
	readonly #numbers = new Map<string, number>();
	#rows = new Uint32Array(256);
	#count = 0;

	push(text: string): void {
		let number = this.#numbers.get(text);
		if (number === undefined) {
			number = this.#texts.length;
			this.#texts.push(text);
			this.#numbers.set(text, number);
		}
		if (this.#count === this.#rows.length) {
			const larger = new Uint32Array(this.#count * 2);
			larger.set(this.#rows);
			this.#rows = larger;
		}
		this.#rows[this.#count++] = number;
	}

	at(index: number): string {
		return this.#texts[this.#rows[index] ?? -1] ?? '';
	}
}
