import { Damaged, type Feed } from './feed.ts';
import type { Give } from './give.ts';
import { BitReader } from './bit-reader.ts';

const BLOCK = [0x314159, 0x265359] as const;
const END = [0x177245, 0x385090] as const;
/** More than a block takes that nothing compresses. */
const LONGEST_BLOCK = 1_200_000;
const GROUP = 50;
const LONGEST_CODE = 20;

interface Code {
	/** The largest code of each length, and what to subtract for the index of its symbol. */
	readonly limits: Int32Array;
	readonly bases: Int32Array;
	readonly symbols: Uint16Array;
}

const codeOf = (lengths: Uint8Array): Code => {
	const limits = new Int32Array(LONGEST_CODE + 1).fill(-1);
	const bases = new Int32Array(LONGEST_CODE + 1);
	const symbols = new Uint16Array(lengths.length);
	let code = 0;
	let count = 0;
	for (let length = 1; length <= LONGEST_CODE; length++) {
		const first = code;
		bases[length] = code - count;
		for (let symbol = 0; symbol < lengths.length; symbol++) {
			if (lengths[symbol] !== length) continue;
			symbols[count++] = symbol;
			code++;
		}
		if (code > first) limits[length] = code - 1;
		code <<= 1;
	}
	return { limits, bases, symbols };
};

const symbolIn = (reader: BitReader, { limits, bases, symbols }: Code): number => {
	let code = 0;
	for (let length = 1; length <= LONGEST_CODE; length++) {
		code = (code << 1) | reader.bit();
		const limit = limits[length] ?? -1;
		if (limit >= 0 && code <= limit) return symbols[code - (bases[length] ?? 0)] ?? 0;
	}
	throw new Damaged();
};

/** The octets that a block uses. */
const usedIn = (reader: BitReader): Uint8Array => {
	const ranges = reader.bits(16);
	const used: number[] = [];
	for (let high = 0; high < 16; high++) {
		if (((ranges >> (15 - high)) & 1) === 0) continue;
		const octets = reader.bits(16);
		for (let low = 0; low < 16; low++) if (((octets >> (15 - low)) & 1) === 1) used.push(high * 16 + low);
	}
	if (used.length === 0) throw new Damaged();
	return Uint8Array.from(used);
};

/** Which code each group of symbols uses. */
const selectorsIn = (reader: BitReader, codes: number): Uint8Array => {
	const count = reader.bits(15);
	if (count === 0) throw new Damaged();
	const order = Array.from({ length: codes }, (_, index) => index);
	const selectors = new Uint8Array(count);
	for (let index = 0; index < count; index++) {
		let place = 0;
		while (reader.bit() === 1) if (++place >= codes) throw new Damaged();
		const [selected = 0] = order.splice(place, 1);
		order.unshift(selected);
		selectors[index] = selected;
	}
	return selectors;
};

const lengthsIn = (reader: BitReader, symbols: number): Uint8Array => {
	const lengths = new Uint8Array(symbols);
	let length = reader.bits(5);
	for (let symbol = 0; symbol < symbols; symbol++) {
		while (reader.bit() === 1) length += reader.bit() === 0 ? 1 : -1;
		if (length < 1 || length > LONGEST_CODE) throw new Damaged();
		lengths[symbol] = length;
	}
	return lengths;
};

/** The octets of a block as they stand before the transform is undone, in the low bits of each number. */
const transformedIn = (reader: BitReader, used: Uint8Array, longest: number): Uint32Array => {
	const count = reader.bits(3);
	if (count < 2 || count > 6) throw new Damaged();
	const selectors = selectorsIn(reader, count);
	const end = used.length + 1;
	const codes = Array.from({ length: count }, () => codeOf(lengthsIn(reader, end + 1)));
	const order = Uint8Array.from(used);
	const block = new Uint32Array(longest);
	let length = 0;
	let run = 0;
	let weight = 1;
	for (let decoded = 0; ; decoded++) {
		const code = codes[selectors[Math.floor(decoded / GROUP)] ?? -1];
		if (code === undefined) throw new Damaged();
		const symbol = symbolIn(reader, code);
		if (symbol <= 1) {
			run += weight << symbol;
			weight <<= 1;
			if (run > longest) throw new Damaged();
			continue;
		}
		if (length + run > longest) throw new Damaged();
		block.fill(order[0] ?? 0, length, length + run);
		length += run;
		run = 0;
		weight = 1;
		if (symbol === end) return block.subarray(0, length);
		const octet = order[symbol - 1] ?? 0;
		order.copyWithin(1, 0, symbol - 1);
		order[0] = octet;
		if (length >= longest) throw new Damaged();
		block[length++] = octet;
	}
};

/** Undoes the Burrows–Wheeler transform, and then the run lengths that came before it. */
const textOf = (block: Uint32Array, origin: number): Buffer[] => {
	if (origin >= block.length) throw new Damaged();
	const starts = new Uint32Array(257);
	for (const entry of block) starts[(entry & 0xff) + 1] = (starts[(entry & 0xff) + 1] ?? 0) + 1;
	for (let octet = 0; octet < 256; octet++) starts[octet + 1] = (starts[octet + 1] ?? 0) + (starts[octet] ?? 0);
	for (let index = 0; index < block.length; index++) {
		const octet = (block[index] ?? 0) & 0xff;
		const place = starts[octet] ?? 0;
		starts[octet] = place + 1;
		block[place] = (((block[place] ?? 0) & 0xff) | (index << 8)) >>> 0;
	}
	const parts: Buffer[] = [];
	let out = Buffer.allocUnsafe(262_144);
	let length = 0;
	let entry = block[origin] ?? 0;
	let alike = 0;
	let last = -1;
	for (let left = block.length; left > 0; left--) {
		entry = block[entry >>> 8] ?? 0;
		const octet = entry & 0xff;
		let count = 1;
		if (alike === 4) {
			count = octet;
			alike = 0;
		} else {
			alike = octet === last ? alike + 1 : 1;
			last = octet;
		}
		if (length + count > out.length) {
			parts.push(out.subarray(0, length));
			out = Buffer.allocUnsafe(262_144);
			length = 0;
		}
		out.fill(last, length, length + count);
		length += count;
		if (alike === 0) last = -1;
	}
	parts.push(out.subarray(0, length));
	return parts;
};

/** Decodes streams of bzip2 that follow one another. Throws `CutShort`, `Damaged`. */
export const bzip2 = async (feed: Feed, give: Give): Promise<void> => {
	do {
		const header = await feed.take(4);
		if (header.toString('latin1', 0, 3) !== 'BZh') throw new Damaged();
		const longest = ((header[3] ?? 0) - 0x30) * 100_000;
		if (!(longest >= 100_000 && longest <= 900_000)) throw new Damaged();
		let bit = 0;
		for (;;) {
			await feed.need(LONGEST_BLOCK);
			const reader = new BitReader(feed.bytes, bit);
			const magic = [reader.bits(24), reader.bits(24)];
			reader.bits(24);
			reader.bits(8);
			if (magic[0] === END[0] && magic[1] === END[1]) {
				feed.drop(Math.ceil(reader.at / 8));
				break;
			}
			if (magic[0] !== BLOCK[0] || magic[1] !== BLOCK[1]) throw new Damaged();
			// Randomised blocks have not been written since 1998.
			if (reader.bit() === 1) throw new Damaged();
			const origin = reader.bits(24);
			const block = transformedIn(reader, usedIn(reader), longest);
			const parts = textOf(block, origin);
			feed.drop(reader.at >> 3);
			bit = reader.at & 7;
			for (const part of parts) await give(part);
		}
	} while ((await feed.need(10)) && isBzip2(feed.bytes, 0));
};

/** What follows the header of a stream: its first block, or its end. */
const STARTS = [Buffer.from('314159265359', 'hex'), Buffer.from('177245385090', 'hex')] as const;

/** The header of a stream, with what follows it. */
export const isBzip2 = (bytes: Buffer, at: number): boolean =>
	/^BZh[1-9]$/.test(bytes.toString('latin1', at, at + 4)) &&
	STARTS.some((start) => bytes.subarray(at + 4, at + 10).equals(start));
