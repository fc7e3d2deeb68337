/** Decodes the bits of LZMA, each with a probability that adapts (LZMA specification, "range decoder"). */
export class RangeDecoder {
	bytes: Uint8Array = new Uint8Array(0);
	at = 0;
	#range = 0xffffffff;
	#code = 0;

	/** Begins with five bytes, the first of which is zero. */
	begin(bytes: Uint8Array, at: number): void {
		this.bytes = bytes;
		this.at = at + 5;
		this.#range = 0xffffffff;
		this.#code = 0;
		for (let index = at + 1; index < at + 5; index++) this.#code = ((this.#code << 8) | (bytes[index] ?? 0)) >>> 0;
	}

	/** Goes on in other bytes. */
	continue(bytes: Uint8Array): void {
		this.bytes = bytes;
		this.at = 0;
	}

	bit(probabilities: Uint16Array, index: number): number {
		const probability = probabilities[index] ?? 0;
		const bound = (this.#range >>> 11) * probability;
		let bit = 0;
		if (this.#code < bound) {
			this.#range = bound;
			probabilities[index] = probability + ((2048 - probability) >> 5);
		} else {
			this.#range -= bound;
			this.#code -= bound;
			probabilities[index] = probability - (probability >> 5);
			bit = 1;
		}
		if (this.#range < 0x1000000) this.#shift();
		return bit;
	}

	/** Bits without probabilities. */
	direct(count: number): number {
		let result = 0;
		for (let left = count; left > 0; left--) {
			this.#range = this.#range >>> 1;
			const bit = this.#code >= this.#range ? 1 : 0;
			if (bit === 1) this.#code -= this.#range;
			result = ((result << 1) | bit) >>> 0;
			if (this.#range < 0x1000000) this.#shift();
		}
		return result;
	}

	/** A number of some bits from a tree at `base`, the highest bit first. */
	tree(probabilities: Uint16Array, base: number, bits: number): number {
		let node = 1;
		for (let left = bits; left > 0; left--) node = (node << 1) | this.bit(probabilities, base + node);
		return node - (1 << bits);
	}

	/** The same, the lowest bit first. */
	reverseTree(probabilities: Uint16Array, base: number, bits: number): number {
		let node = 1;
		let result = 0;
		for (let index = 0; index < bits; index++) {
			const bit = this.bit(probabilities, base + node);
			node = (node << 1) | bit;
			result |= bit << index;
		}
		return result;
	}

	#shift(): void {
		this.#range = (this.#range << 8) >>> 0;
		this.#code = ((this.#code << 8) | (this.bytes[this.at++] ?? 0)) >>> 0;
	}
}
