import { crc32 } from 'node:zlib';
import { dictionaryOf, lzma2 } from '../codec/lzma2.ts';
import { x86Filter } from '../codec/x86-filter.ts';
import { CutShort, Damaged, type Feed } from '../codec/feed.ts';
import type { Give } from '../codec/give.ts';
import type { Format } from './format.ts';
import { into } from './into.ts';

const MAGIC = Buffer.from('fd377a585a00', 'hex');
/** Octets of the check behind a block, by its kind (xz file format §2.1.1.2). */
const CHECKS = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64] as const;

const isHeader = (bytes: Buffer): boolean =>
	bytes.length >= 12 &&
	bytes.subarray(0, 6).equals(MAGIC) &&
	bytes[6] === 0 &&
	(bytes[7] ?? 255) < 16 &&
	crc32(bytes.subarray(6, 8)) === bytes.readUInt32LE(8);

/** A number of up to nine bytes, seven bits each. Throws `Damaged`. */
const numberAt = (bytes: Buffer, at: number): { readonly value: number; readonly next: number } => {
	let value = 0;
	for (let index = 0; index < 7; index++) {
		const octet = bytes[at + index];
		if (octet === undefined) throw new Damaged();
		value += (octet & 0x7f) * 2 ** (7 * index);
		if (octet < 0x80) return { value, next: at + index + 1 };
	}
	throw new Damaged();
};

interface Filters {
	readonly dictionary: number;
	readonly x86: boolean;
}

/** The filters of a block. Throws `Damaged`. */
const filtersIn = (header: Buffer): Filters => {
	const flags = header[1] ?? 0;
	let at = 2;
	for (const bit of [0x40, 0x80]) if ((flags & bit) !== 0) at = numberAt(header, at).next;
	let dictionary = -1;
	let x86 = false;
	for (let count = (flags & 3) + 1; count > 0; count--) {
		const id = numberAt(header, at);
		const size = numberAt(header, id.next);
		if (id.value === 0x21) dictionary = dictionaryOf(header[size.next] ?? 255);
		// Other filters change addresses in code alone, never texts.
		x86 ||= id.value === 4;
		if (id.value === 3) throw new Damaged();
		at = size.next + size.value;
	}
	if (dictionary < 0) throw new Damaged();
	return { dictionary, x86 };
};

/** One stream (xz file format §2). Throws `CutShort`, `Damaged`. */
const stream = async (feed: Feed, give: Give): Promise<void> => {
	const header = await feed.take(12);
	if (!isHeader(header)) throw new Damaged();
	const check = CHECKS[header[7] ?? 0] ?? 0;
	for (;;) {
		if (!(await feed.need(1))) throw new CutShort();
		const size = ((feed.bytes[0] ?? 0) + 1) * 4;
		if (size === 4) break;
		const block = await feed.take(size);
		const start = feed.place;
		const { dictionary, x86 } = filtersIn(block);
		const filter = x86 ? x86Filter(give) : null;
		await lzma2(feed, filter?.write ?? give, dictionary);
		await filter?.end();
		await feed.skip(((4 - ((feed.place - start) % 4)) % 4) + check);
	}
	await index(feed);
};

/** Passes over the index and the footer. */
const index = async (feed: Feed): Promise<void> => {
	const start = feed.place;
	await feed.skip(1);
	const number = async (): Promise<number> => {
		await feed.need(9);
		const { value, next } = numberAt(feed.bytes, 0);
		feed.drop(next);
		return value;
	};
	for (let records = await number(); records > 0; records--) {
		await number();
		await number();
	}
	await feed.skip(((4 - ((feed.place - start) % 4)) % 4) + 4 + 12);
};

/** Decodes all streams that follow one another. */
export const readXz = async (feed: Feed, give: Give): Promise<void> => {
	do {
		await stream(feed, give);
		while (
			(await feed.need(4)) &&
			feed.bytes.readUInt32LE(0) === 0 &&
			(feed.bytes.length < 8 || feed.bytes[4] === 0xfd)
		)
			feed.drop(4);
	} while ((await feed.need(12)) && isHeader(feed.bytes));
};

export const xz: Format = {
	name: 'what xz has compressed',
	label: 'xz',
	magic: MAGIC,
	fits: (window, start) => isHeader(window.subarray(start, start + 12)),
	read: (opened) => into(opened.inside(), (give) => readXz(opened.feed, give)),
};
