import { Problem } from '../problem/problem.ts';

export const logMalformed = (what: string): never => {
	throw new Problem('boot-log-malformed', `${what}.`);
};

/** Reads the little-endian fields of a boot log in order. Throws `Problem('boot-log-malformed')` where it ends within one. */
export class LittleEndian {
	readonly #view: DataView;
	#at = 0;

	constructor(bytes: Uint8Array) {
		this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	}

	get rest(): number {
		return this.#view.byteLength - this.#at;
	}

	take(count: number): Uint8Array {
		if (count > this.rest) logMalformed(`The boot log ends at byte ${this.#view.byteLength}, within an entry`);
		this.#at += count;
		return new Uint8Array(this.#view.buffer, this.#view.byteOffset + this.#at - count, count);
	}

	u8(): number {
		return this.take(1)[0] ?? 0;
	}

	u16(): number {
		return this.u8() + this.u8() * 0x100;
	}

	u32(): number {
		return this.u16() + this.u16() * 0x1_0000;
	}

	/** A 32-bit size and that many bytes. */
	sized(): Uint8Array {
		return this.take(this.u32());
	}
}
