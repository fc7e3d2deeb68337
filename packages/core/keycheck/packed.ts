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
		this.#pieceFor(bytes.length).set(bytes, this.#free);
		this.#take(bytes.length);
	}

	/** The same of a text in UTF-8. */
	pushText(text: string): void {
		const most = text.length * 3;
		if (most > LONGEST) return this.push(Buffer.from(text));
		this.#take(most === 0 ? 0 : this.#pieceFor(most).write(text, this.#free));
	}

	/** Where so many bytes are free. */
	#pieceFor(length: number): Buffer {
		const last = this.#pieces.at(-1);
		if (last !== undefined && this.#free + length <= last.length) return last;
		const piece = Buffer.alloc(PIECE);
		this.#pieces.push(piece);
		this.#free = 0;
		return piece;
	}

	#take(length: number): void {
		if (this.#count === this.#lengths.length) this.#grow();
		this.#starts[this.#count] = (this.#pieces.length - 1) * PIECE + this.#free;
		this.#lengths[this.#count++] = length;
		this.#free += length;
	}

	/** A view. */
	at(index: number): Buffer {
		const start = this.#starts[index] ?? 0;
		const from = start % PIECE;
		const piece = this.#pieces[(start - from) / PIECE] ?? Buffer.alloc(0);
		return piece.subarray(from, from + (this.#lengths[index] ?? 0));
	}

	lengthAt(index: number): number {
		return this.#lengths[index] ?? 0;
	}

	/** Puts the bytes of one at the start of `into`, without an object for them; gives their number. */
	copy(index: number, into: Uint8Array): number {
		const start = this.#starts[index] ?? 0;
		const from = start % PIECE;
		const piece = this.#pieces[(start - from) / PIECE];
		const length = this.#lengths[index] ?? 0;
		if (piece === undefined) return 0;
		if (length > 64) into.set(piece.subarray(from, from + length));
		else for (let at = 0; at < length; at++) into[at] = piece[from + at] ?? 0;
		return length;
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
