import { bytesAsText, mapOf, NotOne, type Octets, textOf, type Value } from './value.ts';

/** Octets of values that have the same length always, by their type. */
const FIXED = new Map([
	[0x06, 0],
	[0x07, 12],
	[0x09, 8],
	[0x0a, 0],
	[0x10, 4],
	[0x11, 8],
	[0x12, 8],
	[0x13, 16],
	[0x7f, 0],
	[0xff, 0],
]);

const cString = (octets: Octets): string => {
	const end = octets.bytes.indexOf(0, octets.at);
	const text = textOf(octets.take(end - octets.at));
	octets.octet();
	return text;
};

const lengthOf = (octets: Octets): number => octets.take(4).readInt32LE();

const string = (octets: Octets): string => {
	const bytes = octets.take(lengthOf(octets));
	if (bytes.at(-1) !== 0) throw new NotOne();
	return textOf(bytes.subarray(0, -1));
};

const valueOf = (octets: Octets, type: number, depth: number): Value => {
	if (type === 0x01) return octets.take(8).readDoubleLE();
	if (type === 0x02 || type === 0x0d || type === 0x0e) return string(octets);
	if (type === 0x03 || type === 0x04) {
		const inner = bsonDocument(octets, depth + 1);
		return type === 0x04 && typeof inner === 'object' && inner !== null ? Object.values(inner) : inner;
	}
	if (type === 0x05) {
		const length = lengthOf(octets);
		octets.octet();
		return bytesAsText(octets.take(length));
	}
	if (type === 0x08) return octets.octet() === 1;
	if (type === 0x0b) return `${cString(octets)}${cString(octets)}`;
	const fixed = FIXED.get(type);
	if (fixed === undefined) throw new NotOne();
	return bytesAsText(octets.take(fixed));
};

/** One document of BSON (bsonspec.org), as mongodump writes one behind the other. */
export const bsonDocument = (octets: Octets, depth = 0): Value => {
	octets.count(depth);
	const start = octets.at;
	const end = start + lengthOf(octets);
	if (end < start + 5) throw new NotOne();
	const pairs: [Value, Value][] = [];
	for (let type = octets.octet(); type !== 0; type = octets.octet()) {
		octets.count(depth);
		const name = cString(octets);
		pairs.push([name, valueOf(octets, type, depth)]);
	}
	if (octets.at !== end) throw new NotOne();
	return mapOf(pairs);
};
