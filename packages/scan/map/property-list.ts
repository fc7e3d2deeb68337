import { bytesAsText, mapOf, NotOne, Octets, textOf, type Value } from './value.ts';

const MAGIC = 'bplist00';
const TRAILER = 32;

/** A binary property list of Apple (CFBinaryPList.c): objects that name others by their numbers, and where each begins. */
export const propertyList = (octets: Octets): Value => {
	const { bytes } = octets;
	if (bytes.length < MAGIC.length + TRAILER || bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) throw new NotOne();
	const trailer = bytes.subarray(-TRAILER);
	const [offsetSize = 0, referenceSize = 0] = trailer.subarray(6, 8);
	const table = Number(trailer.readBigUInt64BE(24));
	if (offsetSize < 1 || offsetSize > 4 || referenceSize < 1 || referenceSize > 4) throw new NotOne();
	const object = (index: number, depth: number): Value => {
		octets.count(depth);
		const entry = new Octets(bytes);
		entry.at = table + index * offsetSize;
		const one = new Octets(bytes);
		one.at = entry.number(offsetSize);
		const marker = one.octet();
		const kind = marker >> 4;
		const info = marker & 15;
		const length = (): number => (info < 15 ? info : one.number(2 ** (one.octet() & 3)));
		const others = (count: number): Value[] =>
			Array.from({ length: Math.min(count, bytes.length) }, () => one.number(referenceSize)).map((other) =>
				object(other, depth + 1),
			);
		if (kind === 0) return info === 8 || info === 9 ? info === 9 : null;
		if (kind === 1) return info <= 3 ? one.number(2 ** info) : null;
		if (kind === 2 || kind === 3) return null;
		if (kind === 4) return bytesAsText(one.take(length()));
		if (kind === 5) return textOf(one.take(length()));
		if (kind === 6)
			return Buffer.from(one.take(length() * 2))
				.swap16()
				.toString('utf16le');
		if (kind === 8) return null;
		if (kind === 10 || kind === 12) return others(length());
		if (kind !== 13) throw new NotOne();
		const count = length();
		const names = others(count);
		const values = others(count);
		return mapOf(names.map((name, at) => [name, values[at] ?? null]));
	};
	const top = object(Number(trailer.readBigUInt64BE(16)), 0);
	octets.at = bytes.length;
	return top;
};
