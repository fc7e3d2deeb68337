import { Damaged } from './feed.ts';

/** Decodes one block of LZO1X (Linux, Documentation/staging/lzo.rst); gives how many bytes of `out` it fills. Throws `Damaged`. */
export const lzo = (bytes: Uint8Array, out: Uint8Array): number => {
	let at = 0;
	let to = 0;
	const next = (): number => {
		const octet = bytes[at++];
		if (octet === undefined) throw new Damaged();
		return octet;
	};
	const literals = (count: number): void => {
		if (at + count > bytes.length || to + count > out.length) throw new Damaged();
		out.set(bytes.subarray(at, at + count), to);
		at += count;
		to += count;
	};
	const match = (distance: number, length: number): void => {
		if (distance > to || to + length > out.length) throw new Damaged();
		for (let index = 0; index < length; index++) out[to + index] = out[to + index - distance] ?? 0;
		to += length;
	};
	/** A length that does not fit its bits goes on in the next bytes. */
	const long = (base: number): number => {
		let zeros = 0;
		let octet = next();
		for (; octet === 0; octet = next()) zeros += 255;
		return base + zeros + octet;
	};
	/** Literals since the last match: 0 to 3, and 4 for more. */
	let state = 0;
	const first = bytes[0] ?? 0;
	if (first > 17) {
		at = 1;
		literals(first - 17);
		state = Math.min(4, first - 17);
	}
	for (;;) {
		const code = next();
		let after = code & 3;
		if (code < 16) {
			if (state === 0) {
				literals(code === 0 ? long(15 + 3) : code + 3);
				state = 4;
				continue;
			}
			const high = next();
			if (state === 4) match((high << 2) + (code >> 2) + 2049, 3);
			else match((high << 2) + (code >> 2) + 1, 2);
		} else if (code < 32) {
			const length = ((code & 7) === 0 ? long(7) : code & 7) + 2;
			const low = next();
			const distance = 16_384 + ((code & 8) << 11) + ((next() << 6) | (low >> 2));
			if (distance === 16_384) return to;
			after = low & 3;
			match(distance, length);
		} else if (code < 64) {
			const length = ((code & 31) === 0 ? long(31) : code & 31) + 2;
			const low = next();
			const distance = ((next() << 6) | (low >> 2)) + 1;
			after = low & 3;
			match(distance, length);
		} else {
			const length = code < 128 ? 3 + ((code >> 5) & 1) : 5 + ((code >> 5) & 3);
			match((next() << 3) + ((code >> 2) & 7) + 1, length);
		}
		state = after;
		literals(after);
	}
};
