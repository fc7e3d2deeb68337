import assert from 'node:assert/strict';
import { Problem } from '../../problem/problem.ts';

/** One structure of the TPM 2.0 Library, Part 2: a value and its big-endian bytes. */
export interface Structure<T> {
	marshal(value: T): Uint8Array;
	/** The whole of `bytes`. Throws `Problem('tpm-malformed')`, also when something follows. */
	unmarshal(bytes: Uint8Array): T;
	/** The next part of a larger structure. Throws `Problem('tpm-malformed')`. */
	read(reader: Reader): T;
}

export const structure = <T>(read: (reader: Reader) => T, marshal: (value: T) => Uint8Array): Structure<T> =>
	Object.freeze({
		marshal,
		read,
		unmarshal(bytes: Uint8Array): T {
			const reader = new Reader(bytes);
			const value = read(reader);
			reader.end();
			return value;
		},
	});

export const malformed = (what: string): never => {
	throw new Problem('tpm-malformed', `${what}.`);
};

/** Reads big-endian fields in order. What it gives are copies: the input may be used again. */
export class Reader {
	readonly #bytes: Uint8Array;
	#at = 0;

	constructor(bytes: Uint8Array) {
		// A view as plain Uint8Array, for `slice` of a Buffer does not copy.
		this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	}

	get rest(): number {
		return this.#bytes.length - this.#at;
	}

	take(count: number): Uint8Array {
		if (count > this.rest) malformed(`The TPM structure ends at byte ${this.#bytes.length}, within a field`);
		this.#at += count;
		return this.#bytes.slice(this.#at - count, this.#at);
	}

	u8(): number {
		return this.take(1)[0] ?? 0;
	}

	u16(): number {
		return this.u8() * 0x100 + this.u8();
	}

	u32(): number {
		return this.u16() * 0x1_0000 + this.u16();
	}

	u64(): bigint {
		return (BigInt(this.u32()) << 32n) | BigInt(this.u32());
	}

	/** Contents of a TPM2B: a UINT16 size and that many bytes, at most `limit`. */
	sized(limit = 0xffff): Uint8Array {
		const size = this.u16();
		if (size > limit) malformed(`A TPM field of ${size} bytes, where at most ${limit} can be`);
		return this.take(size);
	}

	end(): void {
		if (this.rest > 0) malformed(`${this.rest} bytes follow the TPM structure`);
	}
}

const unsigned =
	(size: number) =>
	(value: number): Uint8Array => {
		assert.ok(Number.isInteger(value) && value >= 0 && value < 256 ** size, `${value} in ${size} bytes`);
		const bytes = new Uint8Array(size);
		for (let at = size - 1, rest = value; at >= 0; at--, rest = Math.floor(rest / 256)) bytes[at] = rest % 256;
		return bytes;
	};

export const u8 = unsigned(1);
export const u16 = unsigned(2);
export const u32 = unsigned(4);
export const u64 = (value: bigint): Uint8Array => concat(u32(Number(value >> 32n)), u32(Number(value & 0xffff_ffffn)));
/** A TPM2B with these contents. */
export const sized = (contents: Uint8Array): Uint8Array => concat(u16(contents.length), contents);

export const concat = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

/** A TPM2B whose contents are one structure, such as TPM2B_PUBLIC. */
export const sizedStructure = <T>(inner: Structure<T>): Structure<T> =>
	structure(
		(reader) => inner.unmarshal(reader.sized()),
		(value) => sized(inner.marshal(value)),
	);
