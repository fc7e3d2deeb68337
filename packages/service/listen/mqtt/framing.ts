import type { Bytes } from '@keyward/core';

/** Why bytes cannot be split into packets. */
export type FramingError = 'malformed' | 'too-large';

/** Type and flags, and at least one byte of remaining length. */
const shortest = 2;
const longestHead = 5;

/** Length of the packet that begins at `at`; 0 when its head is not all there; -1 when it has none (MQTT 5 §1.5.5). */
const packetLength = (bytes: Buffer, at: number): number => {
	let length = 0;
	for (let i = 1; i < longestHead; i++) {
		const byte = bytes[at + i];
		if (byte === undefined) return 0;
		length += (byte & 0x7f) * 128 ** (i - 1);
		if (byte < 0x80) return 1 + i + length;
	}
	return -1;
};

/** Splits what a peer sends into whole control packets (MQTT 5 §2.1), however its bytes arrive. */
export class Framer {
	readonly #largest: Bytes;
	#parts: Buffer[] = [];
	#size = 0;
	/** Nothing can be taken before this many bytes are there. */
	#needed = shortest;

	constructor(largest: Bytes) {
		this.#largest = largest;
	}

	/** Bytes of a packet that is not whole yet. */
	get pending(): Bytes {
		return this.#size;
	}

	/** Calls `take` for each packet that is whole now. A packet too large is refused by its head, before its body is kept. */
	push(chunk: Buffer, take: (packet: Buffer) => void): FramingError | null {
		let bytes = chunk;
		if (this.#size > 0) {
			this.#parts.push(chunk);
			this.#size += chunk.length;
			if (this.#size < this.#needed) return null;
			bytes = Buffer.concat(this.#parts, this.#size);
			this.#parts = [];
			this.#size = 0;
		}
		for (let at = 0; at < bytes.length;) {
			const length = packetLength(bytes, at);
			if (length < 0) return 'malformed';
			if (length > this.#largest) return 'too-large';
			const left = bytes.length - at;
			if (length === 0 || length > left) {
				this.#parts = [bytes.subarray(at)];
				this.#size = left;
				this.#needed = length === 0 ? left + 1 : length;
				return null;
			}
			take(bytes.subarray(at, at + length));
			at += length;
		}
		return null;
	}
}
