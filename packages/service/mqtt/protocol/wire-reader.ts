import { isUtf8 } from 'node:buffer';
import { Problem } from '@keyward/core';

const [hash, plus, slash] = [0x23, 0x2b, 0x2f];

/** Walks through one packet's bytes by the data types of MQTT 5 §1.5. Throws `Problem('packet-malformed')`. */
export class WireReader {
	readonly #bytes: Buffer;
	at: number;
	end: number;

	constructor(bytes: Buffer, at: number) {
		this.#bytes = bytes;
		this.at = at;
		this.end = bytes.length;
	}

	byte(): number {
		return this.#bytes[this.#skip(1)] ?? 0;
	}

	twoBytes(): number {
		return this.#bytes.readUInt16BE(this.#skip(2));
	}

	fourBytes(): number {
		return this.#bytes.readUInt32BE(this.#skip(4));
	}

	/** §1.5.5: at most four bytes, and no more than needed. */
	variable(): number {
		let value = 0;
		for (let place = 1; place <= 128 ** 3; place *= 128) {
			const byte = this.byte();
			value += (byte & 0x7f) * place;
			if (byte >= 0x80) continue;
			if (byte === 0 && place > 1) break;
			return value;
		}
		throw malformed('a length is not well-formed');
	}

	/** §1.5.6. */
	binary(): void {
		this.#skip(this.twoBytes());
	}

	/**
	 * §1.5.4: UTF-8 without surrogates and without U+0000 ([MQTT-1.5.4-1], [MQTT-1.5.4-2]): what one program takes for another
	 * text than the next could pass a check in one of them. Gives whether it holds a wildcard.
	 */
	text(): { readonly length: number; readonly wildcard: boolean } {
		const length = this.twoBytes();
		const from = this.#skip(length);
		let wildcard = false;
		let plain = true;
		for (let i = from; i < this.at; i++) {
			const letter = this.#bytes[i] ?? 0;
			if (letter === 0) throw malformed('a text holds U+0000');
			if (letter > 0x7f) plain = false;
			else if (letter === 0x23 || letter === 0x2b) wildcard = true;
		}
		if (!plain && !isUtf8(this.#bytes.subarray(from, this.at))) throw malformed('a text is not UTF-8');
		return { length, wildcard };
	}

	/** A topic filter (§4.7): not empty, `#` alone and last, `+` alone in its level. */
	filter(): void {
		const { length, wildcard } = this.text();
		if (length === 0) throw malformed('a topic filter is empty');
		if (!wildcard) return;
		const from = this.at - length;
		for (let i = from; i < this.at; i++) {
			const letter = this.#bytes[i];
			if (letter !== hash && letter !== plus) continue;
			const begins = i === from || this.#bytes[i - 1] === slash;
			const ends = i + 1 === this.at || (letter === plus && this.#bytes[i + 1] === slash);
			if (!begins || !ends) throw malformed('a wildcard stands alone in its level, and # at the end');
		}
	}

	done(): void {
		if (this.at !== this.end) throw malformed('it goes on where it should end');
	}

	#skip(count: number): number {
		const from = this.at;
		if (from + count > this.end) throw malformed('it ends too early');
		this.at = from + count;
		return from;
	}
}

export const malformed = (why: string): Problem => new Problem('packet-malformed', why);
