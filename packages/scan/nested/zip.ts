import { crc32 } from 'node:zlib';
import { bzip2 } from '../codec/bzip2.ts';
import { inflate } from '../codec/inflate.ts';
import { lzma } from '../codec/lzma.ts';
import { CutShort, Damaged, type Feed } from '../codec/feed.ts';
import type { Give } from '../codec/give.ts';
import type { Format, Inner, Opened } from './format.ts';
import { into } from './into.ts';
import { isOffice, officeParts } from './office.ts';
import { readXz } from './xz.ts';
import { readZstd } from './zstd.ts';

const LOCAL = Buffer.from('PK\x03\x04', 'latin1');
const DESCRIPTOR = Buffer.from('PK\x07\x08', 'latin1');
const CENTRAL = Buffer.from('PK\x01\x02', 'latin1');
const EMPTY = Buffer.from('PK\x05\x06', 'latin1');
const END = 22;

interface Entry {
	readonly name: string;
	readonly method: number;
	readonly encrypted: boolean;
	/** Lengths stand behind it. */
	readonly streamed: boolean;
	/** CRC-32 of what is packed; where it is streamed, it stands behind. */
	readonly crc: number;
	readonly packed: number;
	readonly size: number;
	/** AES as WinZip has it keeps the method in a separate field. */
	readonly zip64: boolean;
}

/** The local header (APPNOTE 4.3.7), taken from the feed. */
const entryIn = async (feed: Feed): Promise<Entry> => {
	const header = Buffer.from(await feed.take(30));
	const flags = header.readUInt16LE(6);
	const name = (await feed.take(header.readUInt16LE(26))).toString((flags & 0x800) === 0 ? 'latin1' : 'utf8');
	const extra = await feed.take(header.readUInt16LE(28));
	let packed = header.readUInt32LE(18);
	let size = header.readUInt32LE(22);
	let zip64 = false;
	for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
		if (extra.readUInt16LE(at) !== 1 || at + 20 > extra.length) continue;
		zip64 = true;
		if (size === 0xffffffff) size = Number(extra.readBigUInt64LE(at + 4));
		if (packed === 0xffffffff) packed = Number(extra.readBigUInt64LE(at + 12));
	}
	const streamed = (flags & 8) !== 0 && packed === 0;
	return {
		name,
		method: header.readUInt16LE(8),
		encrypted: (flags & 1) !== 0,
		streamed,
		crc: header.readUInt32LE(14),
		packed,
		size,
		zip64,
	};
};

/** Copies as many bytes, or up to the next header where nobody has said how many. */
const stored = async (feed: Feed, give: Give, { packed, streamed }: Entry): Promise<void> => {
	if (!streamed) {
		for (let left = packed; left > 0;) {
			const some = await feed.some(left);
			if (some === null) throw new CutShort();
			left -= some.length;
			await give(some);
		}
		return;
	}
	while (await feed.need(4)) {
		const at = feed.bytes.indexOf(DESCRIPTOR);
		const length = at === -1 ? feed.bytes.length - 3 : at;
		if (length > 0) await give(feed.bytes.subarray(0, length));
		feed.drop(length);
		if (at !== -1) return;
	}
	throw new CutShort();
};

const lzmaIn = async (feed: Feed, give: Give, { size, streamed }: Entry): Promise<void> => {
	const head = await feed.take(9);
	if (head.readUInt16LE(2) !== 5) throw new Damaged();
	const length = streamed ? Number.POSITIVE_INFINITY : size;
	await lzma(feed, give, { properties: head[4] ?? 255, dictionary: head.readUInt32LE(5), length });
};

type Method = (feed: Feed, give: Give, entry: Entry) => Promise<void>;

const methods: ReadonlyMap<number, Method> = new Map<number, Method>([
	[0, stored],
	[8, (feed, give) => inflate(feed, give)],
	[12, (feed, give) => bzip2(feed, give)],
	[14, lzmaIn],
	[93, (feed, give) => readZstd(feed, give)],
	[95, (feed, give) => readXz(feed, give)],
]);

/** Methods of APPNOTE 4.4.5 that are written today, or were. */
const KNOWN: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 5, 6, 8, 9, 12, 14, 93, 94, 95, 96, 97, 98, 99]);

const WRONG_SUM = 'a file in a ZIP archive is damaged: its checksum is wrong, and what was read of it may be, too';
/** A descriptor may begin with its magic or not. */
const wrongBehind = (bytes: Buffer, crc: number): boolean =>
	bytes.readUInt32LE(bytes.subarray(0, 4).equals(DESCRIPTOR) ? 4 : 0) !== crc;

/** Reads one entry; what cannot be is said, and passed over where its length is known. */
const readEntry = async (opened: Opened, entry: Entry, inner: Inner): Promise<void> => {
	const { feed } = opened;
	const start = feed.place;
	const method = methods.get(entry.method);
	const reason = entry.encrypted
		? 'files in a ZIP archive are encrypted and were not read: unpack it first'
		: method === undefined
			? `files in a ZIP archive are packed in a way that is not read (method ${entry.method}): unpack it first`
			: null;
	if (reason !== null || method === undefined) {
		opened.problem(reason ?? '', entry.name);
		if (entry.streamed) throw new Damaged();
		await feed.skip(entry.packed);
		return;
	}
	try {
		let crc = 0;
		await into(inner, (give) =>
			method(
				feed,
				(bytes) => {
					crc = crc32(bytes, crc);
					return give(bytes);
				},
				entry,
			),
		);
		if (!entry.streamed && crc !== entry.crc) opened.problem(WRONG_SUM, entry.name);
		if (entry.streamed && (await feed.need(12)) && wrongBehind(feed.bytes, crc)) opened.problem(WRONG_SUM, entry.name);
	} catch (error) {
		if (!(error instanceof Damaged) || entry.streamed || feed.place - start > entry.packed) throw error;
		opened.problem('a file in a ZIP archive is damaged', entry.name);
	}
	if (!entry.streamed) await feed.skip(entry.packed - (feed.place - start));
	else if ((await feed.need(12)) && feed.bytes.subarray(0, 4).equals(DESCRIPTOR))
		await feed.skip(entry.zip64 ? 24 : 16);
	else await feed.skip(entry.zip64 ? 20 : 12);
};

/** Passes over the central directory, whose names were all met before. Throws `CutShort` where the stream ends before the archive does. */
const directory = async (feed: Feed): Promise<void> => {
	const begins = async (magic: Buffer): Promise<boolean> =>
		(await feed.need(4)) && feed.bytes.subarray(0, 4).equals(magic);
	while (await begins(CENTRAL)) {
		const header = await feed.take(46);
		await feed.skip(header.readUInt16LE(28) + header.readUInt16LE(30) + header.readUInt16LE(32));
	}
	if (await begins(Buffer.from('PK\x06\x06', 'latin1')))
		await feed.skip(12 + Number((await feed.take(12)).readBigUInt64LE(4)) - 12);
	if (await begins(Buffer.from('PK\x06\x07', 'latin1'))) await feed.skip(20);
	if (await begins(EMPTY)) {
		if (!(await feed.need(END))) throw new CutShort();
		await feed.skip(END + feed.bytes.readUInt16LE(20));
	} else if (!(await feed.need(4))) throw new CutShort();
};

/**
 * ZIP (APPNOTE 6.3), read from its first entry to its last as they lie: so it needs no end, and may lie anywhere. Documents of
 * Office and OpenDocument are read as the tables and texts that they are, too.
 */
export const zip: Format = {
	name: 'a ZIP archive',
	label: 'zip',
	magic: LOCAL,
	fits(window, start) {
		if (start + 30 > window.length) return false;
		const length = window.readUInt16LE(start + 26);
		const name = window.toString('utf8', start + 30, start + 30 + Math.min(length, 256));
		const date = window.readUInt16LE(start + 12);
		// The magic alone stands in every program that reads archives.
		return (
			(window[start + 4] ?? 255) <= 63 &&
			KNOWN.has(window.readUInt16LE(start + 8)) &&
			length > 0 &&
			length < 4096 &&
			((date >> 5) & 15) <= 12 &&
			!/[\p{Cc}\ufffd]/u.test(
				window.readUInt16LE(start + 6) & 0x800
					? name
					: window.toString('latin1', start + 30, start + 30 + Math.min(length, 256)),
			)
		);
	},
	async read(opened) {
		const { feed } = opened;
		const office = officeParts(opened);
		try {
			while ((await feed.need(4)) && feed.bytes.subarray(0, 4).equals(LOCAL)) {
				const entry = await entryIn(feed);
				feed.commit();
				const inner = opened.inside(entry.name);
				await readEntry(opened, entry, isOffice(entry.name) ? office.part(entry.name, inner) : inner);
			}
		} finally {
			await office.end();
		}
		await directory(feed);
	},
};
