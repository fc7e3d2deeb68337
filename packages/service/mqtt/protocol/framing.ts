import type { Bytes } from '@keyward/core';

/** Why bytes cannot be split into packets. */
export type FramingError = 'malformed' | 'too-large';

/** Type and flags, and at least one byte of remaining length. */
const shortest = 2;
const longestHead = 5;
/** CR 7.1: a part costs 250 bytes beside its own, however short it is; more of them become one. */
const mostParts = 1024;

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

/** Splits what a peer sends into whole control packets (MQTT 5 §2.1), however its bytes arrive, one when it is asked for. */
export class Framer {
	readonly #largest: Bytes;
	#parts: Buffer[] = [];
	#size = 0;
	/** Where in the first part the next packet begins. */
	#at = 0;
	/** Nothing can be taken before this many bytes are there. */
	#needed = shortest;

	constructor(largest: Bytes) {
		this.#largest = largest;
	}

	/** Bytes that were not taken yet. */
	get pending(): Bytes {
		return this.#size;
	}

	push(chunk: Buffer): void {
		this.#parts.push(chunk);
		this.#size += chunk.length;
		if (this.#parts.length > mostParts) this.#first();
	}

	/** The next packet; null while it is not whole. A packet too large is refused by its head, before its body is kept. */
	take(): Buffer | FramingError | null {
		while (this.#size >= this.#needed) {
			const bytes = this.#first();
			const whole = bytes.length - this.#at;
			const length = packetLength(bytes, this.#at);
			if (length < 0) return 'malformed';
			if (length > this.#largest) return 'too-large';
			if (length > 0 && length <= whole) {
				const packet = bytes.subarray(this.#at, this.#at + length);
				this.#at += length;
				this.#size -= length;
				this.#needed = shortest;
				if (this.#at < bytes.length) return packet;
				this.#parts.shift();
				this.#at = 0;
				return packet;
			}
			this.#needed = length === 0 ? whole + 1 : length;
		}
		return null;
	}

	/** How many whole packets of the first part wait whose first byte `counts`; no more than `most` are looked for. */
	ahead(counts: (first: number) => boolean, most: number): number {
		const [bytes] = this.#parts;
		let count = 0;
		for (let at = this.#at; bytes !== undefined && count < most;) {
			const length = packetLength(bytes, at);
			if (length <= 0 || at + length > bytes.length) break;
			if (counts(bytes[at] ?? 0)) count++;
			at += length;
		}
		return count;
	}

	/** The first part, with at least what is needed behind `#at`. */
	#first(): Buffer {
		const [first = Buffer.alloc(0), ...others] = this.#parts.length === 1 ? this.#parts : this.#parts.splice(0);
		if (this.#parts.length === 1) return first;
		const joined = Buffer.concat([first.subarray(this.#at), ...others]);
		this.#parts = [joined];
		this.#at = 0;
		return joined;
	}
}
