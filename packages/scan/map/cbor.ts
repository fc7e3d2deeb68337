import { bytesAsText, mapOf, NotOne, type Octets, textOf, type Value } from './value.ts';

const BREAK = Symbol('break');

/** The argument of an initial byte (RFC 8949 §3); null where the length is not said. */
const argument = (octets: Octets, info: number): number | null => {
	if (info < 24) return info;
	if (info === 31) return null;
	if (info > 27) throw new NotOne();
	return octets.number(2 ** (info - 24));
};

const times = <T>(count: number | null, next: () => T | typeof BREAK): T[] => {
	const all: T[] = [];
	while (count === null || all.length < count) {
		const one = next();
		if (one === BREAK) {
			if (count === null) break;
			throw new NotOne();
		}
		all.push(one);
	}
	return all;
};

const halfOf = (bits: number): number => {
	const fraction = bits & 0x3ff;
	const exponent = (bits >> 10) & 0x1f;
	const size = exponent === 0 ? fraction * 2 ** -24 : (fraction + 1024) * 2 ** (exponent - 25);
	return bits >> 15 === 0 ? size : -size;
};

const item = (octets: Octets, depth: number): Value | typeof BREAK => {
	octets.count(depth);
	const initial = octets.octet();
	if (initial === 0xff) return BREAK;
	const info = initial & 31;
	const major = initial >> 5;
	if (major === 7) {
		if (info === 25) return halfOf(octets.number(2));
		if (info === 26) return octets.take(4).readFloatBE();
		if (info === 27) return octets.take(8).readDoubleBE();
		if (info > 24) throw new NotOne();
		const simple = info === 24 ? octets.octet() : info;
		return simple === 20 || simple === 21 ? simple === 21 : null;
	}
	const length = argument(octets, info);
	const inner = (): Value => {
		const one = item(octets, depth + 1);
		if (one === BREAK) throw new NotOne();
		return one;
	};
	if (major === 4) return times(length, () => item(octets, depth + 1));
	if (major === 5) {
		const pairs = times(length, (): readonly [Value, Value] | typeof BREAK => {
			const name = item(octets, depth + 1);
			return name === BREAK ? BREAK : [name, inner()];
		});
		return mapOf(pairs);
	}
	if (length === null) {
		if (major !== 2 && major !== 3) throw new NotOne();
		const parts = times(null, () => item(octets, depth + 1));
		return parts.map((part) => (typeof part === 'string' ? part : '')).join('');
	}
	if (major === 2) return bytesAsText(octets.take(length));
	if (major === 3) return textOf(octets.take(length));
	if (major === 6) return inner();
	return major === 0 ? length : -1 - length;
};

/** One item of CBOR (RFC 8949). */
export const cborItem = (octets: Octets): Value => {
	const one = item(octets, 0);
	if (one === BREAK) throw new NotOne();
	return one;
};
