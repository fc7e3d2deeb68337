import { der as write } from './der.ts';

const MAX_DEPTH = 32;
const strings = new Set([0x03, 0x04, 0x0c, 0x13, 0x16]);

/**
 * Turns BER (X.690 §8) with indefinite lengths and strings in pieces, as PKCS#7 and PKCS#12 writers stream it, into
 * definite lengths and whole strings. Null for what is cut short or nested too deeply.
 */
export const derOfBer = (ber: Uint8Array): Uint8Array | null => {
	const read = value(ber, 0, ber.length, 0);
	return read === null ? null : read.der;
};

const value = (ber: Uint8Array, at: number, limit: number, depth: number): { der: Uint8Array; next: number } | null => {
	if (at + 2 > limit || depth > MAX_DEPTH) return null;
	const tag = ber[at] ?? 0;
	if ((tag & 0x1f) === 0x1f) return null;
	const first = ber[at + 1] ?? 0;
	let contents = at + 2;
	let end: number | null = null;
	if (first !== 0x80) {
		let length = first;
		if (first > 0x80) {
			const count = first & 0x7f;
			if (count > 4 || contents + count > limit) return null;
			length = 0;
			for (const stop = contents + count; contents < stop; contents++) length = length * 256 + (ber[contents] ?? 0);
		}
		end = contents + length;
		if (end > limit) return null;
	}
	if ((tag & 0x20) === 0) return end === null ? null : { der: write(tag, ber.subarray(contents, end)), next: end };
	const parts: Uint8Array[] = [];
	for (;;) {
		if (end !== null && contents >= end) break;
		if (end === null && ber[contents] === 0 && ber[contents + 1] === 0) {
			end = contents;
			contents += 2;
			break;
		}
		const child = value(ber, contents, end ?? limit, depth + 1);
		if (child === null) return null;
		parts.push(child.der);
		contents = child.next;
	}
	return { der: joined(tag, parts), next: contents };
};

const joined = (tag: number, parts: readonly Uint8Array[]): Uint8Array => {
	if (!strings.has(tag & ~0x20)) return write(tag, ...parts);
	// Each piece is a separate string: its contents follow its header.
	return write(
		tag & ~0x20,
		...parts.map((part) => part.subarray((part[1] ?? 0) < 0x80 ? 2 : 2 + ((part[1] ?? 0) & 0x7f))),
	);
};
