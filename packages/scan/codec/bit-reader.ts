import { CutShort } from './feed.ts';

/** Bits of bytes, the highest of each first. */
export class BitReader {
	readonly #bytes: Uint8Array;
	/** In bits. */
	at: number;

	constructor(bytes: Uint8Array, at: number) {
		this.#bytes = bytes;
		this.at = at;
	}

	/** Up to 24 bits. Throws `CutShort`. */
	bits(count: number): number {
		const byte = this.at >> 3;
		if (this.at + count > this.#bytes.length * 8) throw new CutShort();
		const four =
			((this.#bytes[byte] ?? 0) << 24) |
			((this.#bytes[byte + 1] ?? 0) << 16) |
			((this.#bytes[byte + 2] ?? 0) << 8) |
			(this.#bytes[byte + 3] ?? 0);
		const result = ((four << (this.at & 7)) >>> (32 - count)) >>> 0;
		this.at += count;
		return count === 0 ? 0 : result;
	}

	bit(): number {
		const octet = this.#bytes[this.at >> 3];
		if (octet === undefined) throw new CutShort();
		const result = (octet >> (7 - (this.at & 7))) & 1;
		this.at++;
		return result;
	}
}
