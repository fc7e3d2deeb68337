import { Damaged } from './feed.ts';

/**
 * Decodes one block of LZ4 into `out` from `start` on, where matches may reach back before it; gives where it ends. Throws
 * `Damaged`.
 */
export const lz4Block = (bytes: Uint8Array, out: Uint8Array, start: number): number => {
	let at = 0;
	let to = start;
	const long = (length: number): number => {
		let all = length;
		if (length !== 15) return all;
		for (let octet = 255; octet === 255;) {
			octet = bytes[at++] ?? -1;
			if (octet < 0) throw new Damaged();
			all += octet;
		}
		return all;
	};
	while (at < bytes.length) {
		const token = bytes[at++] ?? 0;
		const literals = long(token >> 4);
		if (at + literals > bytes.length || to + literals > out.length) throw new Damaged();
		out.set(bytes.subarray(at, at + literals), to);
		at += literals;
		to += literals;
		if (at >= bytes.length) return to;
		const distance = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
		at += 2;
		const length = long(token & 15) + 4;
		if (distance === 0 || distance > to || to + length > out.length) throw new Damaged();
		for (let index = 0; index < length; index++) out[to + index] = out[to + index - distance] ?? 0;
		to += length;
	}
	return to;
};
