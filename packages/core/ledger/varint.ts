import { Problem } from '../problem/problem.ts';

const LOW = 0x80;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Writes the parts of a leaf into one growing buffer. */
export class LeafWriter {
	#buffer: Uint8Array;
	#length = 0;

	constructor(capacity: number) {
		this.#buffer = new Uint8Array(capacity);
	}

	byte(value: number): void {
		this.#room(1);
		this.#buffer[this.#length++] = value;
	}

	/** LEB128 of a whole number from 0 to 2^53 − 1. */
	varint(value: number): void {
		this.#room(8);
		let rest = value;
		while (rest >= LOW) {
			this.#buffer[this.#length++] = (rest % LOW) | LOW;
			rest = Math.floor(rest / LOW);
		}
		this.#buffer[this.#length++] = rest;
	}

	bytes(value: Uint8Array): void {
		this.#room(value.length);
		this.#buffer.set(value, this.#length);
		this.#length += value.length;
	}

	text(value: string): void {
		const bytes = encoder.encode(value);
		this.varint(bytes.length);
		this.bytes(bytes);
	}

	done(): Uint8Array {
		return this.#buffer.slice(0, this.#length);
	}

	#room(more: number): void {
		if (this.#length + more <= this.#buffer.length) return;
		const larger = new Uint8Array(2 * (this.#length + more));
		larger.set(this.#buffer);
		this.#buffer = larger;
	}
}

/** Reads what {@link LeafWriter} wrote, in that one form only. Throws `Problem('ledger-broken')`. */
export class LeafReader {
	readonly #buffer: Uint8Array;
	#at = 0;

	constructor(buffer: Uint8Array) {
		this.#buffer = buffer;
	}

	byte(): number {
		const value = this.#buffer[this.#at++];
		if (value === undefined) throw new Problem('ledger-broken', 'The leaf ends too early.');
		return value;
	}

	varint(): number {
		let value = 0;
		for (let scale = 1; scale <= 2 ** 49; scale *= LOW) {
			const part = this.byte();
			value += (part % LOW) * scale;
			if (part >= LOW) continue;
			// A second spelling of the same number would be a second leaf for the same rows.
			if ((part === 0 && scale > 1) || !Number.isSafeInteger(value)) break;
			return value;
		}
		throw new Problem('ledger-broken', 'The leaf has a number in no proper form.');
	}

	bytes(count: number): Uint8Array {
		if (count > this.#buffer.length - this.#at) throw new Problem('ledger-broken', 'The leaf ends too early.');
		this.#at += count;
		return this.#buffer.slice(this.#at - count, this.#at);
	}

	text(): string {
		const bytes = this.bytes(this.varint());
		try {
			return decoder.decode(bytes);
		} catch {
			throw new Problem('ledger-broken', 'The leaf has a text that is not UTF-8.');
		}
	}

	end(): void {
		if (this.#at !== this.#buffer.length) throw new Problem('ledger-broken', 'The leaf has bytes after its end.');
	}
}
