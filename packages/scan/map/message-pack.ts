import { bytesAsText, mapOf, NotOne, type Octets, textOf, type Value } from './value.ts';

/** One value of MessagePack (msgpack.org, specification). */
export const messagePackValue = (octets: Octets, depth = 0): Value => {
	octets.count(depth);
	const first = octets.octet();
	const next = (): Value => messagePackValue(octets, depth + 1);
	const array = (length: number): Value => {
		const all: Value[] = [];
		while (all.length < length) all.push(next());
		return all;
	};
	const map = (length: number): Value => {
		const pairs: [Value, Value][] = [];
		while (pairs.length < length) pairs.push([next(), next()]);
		return mapOf(pairs);
	};
	if (first < 0x80) return first;
	if (first < 0x90) return map(first & 15);
	if (first < 0xa0) return array(first & 15);
	if (first < 0xc0) return textOf(octets.take(first & 31));
	if (first >= 0xe0) return first - 256;
	if (first === 0xc0) return null;
	if (first === 0xc2 || first === 0xc3) return first === 0xc3;
	if (first >= 0xc4 && first <= 0xc6) return bytesAsText(octets.take(octets.number(2 ** (first - 0xc4))));
	if (first >= 0xc7 && first <= 0xc9) {
		const length = octets.number(2 ** (first - 0xc7));
		octets.octet();
		return bytesAsText(octets.take(length));
	}
	if (first === 0xca) return octets.take(4).readFloatBE();
	if (first === 0xcb) return octets.take(8).readDoubleBE();
	if (first >= 0xcc && first <= 0xcf) return octets.number(2 ** (first - 0xcc));
	if (first >= 0xd0 && first <= 0xd3) return octets.number(2 ** (first - 0xd0));
	if (first >= 0xd4 && first <= 0xd8) {
		octets.octet();
		return bytesAsText(octets.take(2 ** (first - 0xd4)));
	}
	if (first >= 0xd9 && first <= 0xdb) return textOf(octets.take(octets.number(2 ** (first - 0xd9))));
	if (first === 0xdc || first === 0xdd) return array(octets.number(first === 0xdc ? 2 : 4));
	if (first === 0xde || first === 0xdf) return map(octets.number(first === 0xde ? 2 : 4));
	throw new NotOne();
};
