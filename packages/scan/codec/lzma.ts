import { CutShort, Damaged, type Feed } from './feed.ts';
import type { Give } from './give.ts';
import { LzmaWindow } from './lzma-window.ts';
import { RangeDecoder } from './range-decoder.ts';

/** Bytes of input that one symbol takes at most. */
const SYMBOL = 32;
const STATES = 12;
const [LENGTH_CHOICE, LENGTH_LOW, LENGTH_MID, LENGTH_HIGH, LENGTHS] = [0, 2, 2 + 128, 2 + 256, 2 + 256 + 256];

const probabilities = (length: number): Uint16Array => new Uint16Array(length).fill(1024);

/** Decodes the symbols of LZMA (LZMA specification) from a range coder into a window. */
export class LzmaDecoder {
	readonly coder = new RangeDecoder();
	readonly window: LzmaWindow;
	#lc = 0;
	#lp = 0;
	#pb = 0;
	#state = 0;
	#reps: [number, number, number, number] = [0, 0, 0, 0];
	#literal = probabilities(0);
	#isMatch = probabilities(0);
	#isRep = probabilities(0);
	#isRepG0 = probabilities(0);
	#isRepG1 = probabilities(0);
	#isRepG2 = probabilities(0);
	#isRep0Long = probabilities(0);
	#slot = probabilities(0);
	#special = probabilities(0);
	#align = probabilities(0);
	#matchLength = probabilities(0);
	#repLength = probabilities(0);

	constructor(dictionary: number) {
		this.window = new LzmaWindow(dictionary);
	}

	/** Takes lc, lp and pb from their byte, and resets. Throws `Damaged`. */
	properties(octet: number): void {
		if (octet >= 225) throw new Damaged();
		this.#lc = octet % 9;
		this.#lp = Math.floor(octet / 9) % 5;
		this.#pb = Math.floor(octet / 45);
		this.resetState();
	}

	resetState(): void {
		this.#state = 0;
		this.#reps = [0, 0, 0, 0];
		this.#literal = probabilities(0x300 << (this.#lc + this.#lp));
		this.#isMatch = probabilities(STATES << 4);
		this.#isRep = probabilities(STATES);
		this.#isRepG0 = probabilities(STATES);
		this.#isRepG1 = probabilities(STATES);
		this.#isRepG2 = probabilities(STATES);
		this.#isRep0Long = probabilities(STATES << 4);
		this.#slot = probabilities(4 << 6);
		this.#special = probabilities(128);
		this.#align = probabilities(16);
		this.#matchLength = probabilities(LENGTHS);
		this.#repLength = probabilities(LENGTHS);
	}

	/** Decodes until `left` more bytes are out (a match may go beyond), or input runs low; false at the end mark. */
	run(left: number, inputEnd: number): boolean {
		const { coder, window } = this;
		const until = window.total + left;
		const mask = (1 << this.#pb) - 1;
		while (window.total < until && coder.at <= inputEnd && !window.isFull) {
			const position = window.total & mask;
			const state = (this.#state << 4) + position;
			if (coder.bit(this.#isMatch, state) === 0) {
				this.#putLiteral();
				continue;
			}
			let length: number;
			if (coder.bit(this.#isRep, this.#state) === 0) {
				length = this.#lengthFrom(this.#matchLength, position);
				this.#state = this.#state < 7 ? 7 : 10;
				const distance = this.#distance(length);
				if (distance === 0xffffffff) return false;
				this.#reps = [distance, this.#reps[0], this.#reps[1], this.#reps[2]];
			} else if (coder.bit(this.#isRepG0, this.#state) === 0) {
				if (coder.bit(this.#isRep0Long, state) === 0) {
					this.#state = this.#state < 7 ? 9 : 11;
					window.copy(this.#reps[0], 1);
					continue;
				}
				length = this.#repeated(position);
			} else {
				const [first, second, third, fourth] = this.#reps;
				if (coder.bit(this.#isRepG1, this.#state) === 0) this.#reps = [second, first, third, fourth];
				else if (coder.bit(this.#isRepG2, this.#state) === 0) this.#reps = [third, first, second, fourth];
				else this.#reps = [fourth, first, second, third];
				length = this.#repeated(position);
			}
			window.copy(this.#reps[0], Math.min(length + 2, until - window.total));
		}
		return true;
	}

	#repeated(position: number): number {
		const length = this.#lengthFrom(this.#repLength, position);
		this.#state = this.#state < 7 ? 8 : 11;
		return length;
	}

	#putLiteral(): void {
		const { coder, window } = this;
		const before = window.total === 0 ? 0 : window.last(0);
		const context = ((window.total & ((1 << this.#lp) - 1)) << this.#lc) + (before >> (8 - this.#lc));
		const base = 0x300 * context;
		let symbol = 1;
		if (this.#state >= 7) {
			let match = window.last(this.#reps[0]);
			do {
				const matchBit = (match >> 7) & 1;
				match <<= 1;
				const bit = coder.bit(this.#literal, base + ((1 + matchBit) << 8) + symbol);
				symbol = (symbol << 1) | bit;
				if (matchBit !== bit) break;
			} while (symbol < 0x100);
		}
		while (symbol < 0x100) symbol = (symbol << 1) | coder.bit(this.#literal, base + symbol);
		window.put(symbol & 0xff);
		this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6;
	}

	#lengthFrom(table: Uint16Array, position: number): number {
		const { coder } = this;
		if (coder.bit(table, LENGTH_CHOICE) === 0) return coder.tree(table, LENGTH_LOW + (position << 3), 3);
		if (coder.bit(table, LENGTH_CHOICE + 1) === 0) return 8 + coder.tree(table, LENGTH_MID + (position << 3), 3);
		return 16 + coder.tree(table, LENGTH_HIGH, 8);
	}

	#distance(length: number): number {
		const { coder } = this;
		const slot = coder.tree(this.#slot, Math.min(length, 3) << 6, 6);
		if (slot < 4) return slot;
		const bits = (slot >> 1) - 1;
		const high = ((2 | (slot & 1)) << bits) >>> 0;
		if (slot < 14) return high + coder.reverseTree(this.#special, high - slot, bits);
		return (high + coder.direct(bits - 4) * 16 + coder.reverseTree(this.#align, 0, 4)) >>> 0;
	}
}

/**
 * Decodes one stream of LZMA to its end mark, or to `length` bytes. Throws `CutShort`, `Damaged`.
 */
export const lzma = async (
	feed: Feed,
	give: Give,
	{
		properties,
		dictionary,
		length,
	}: { readonly properties: number; readonly dictionary: number; readonly length: number },
): Promise<void> => {
	const decoder = new LzmaDecoder(Math.min(dictionary, Math.max(length, 4096)));
	decoder.properties(properties);
	const first = await feed.take(5);
	if (first[0] !== 0) throw new Damaged();
	decoder.coder.begin(first, 0);
	const { window, coder } = decoder;
	for (;;) {
		const whole = await feed.need(65_536);
		const bytes = feed.bytes;
		coder.continue(bytes);
		const goesOn = decoder.run(length - window.total, whole ? bytes.length - SYMBOL : bytes.length);
		if (coder.at > bytes.length) throw new CutShort();
		feed.drop(coder.at);
		await window.flush(give);
		if (!goesOn || window.total >= length) return;
	}
};
