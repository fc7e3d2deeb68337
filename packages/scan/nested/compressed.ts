import { constants, inflateSync } from 'node:zlib';
import { bzip2, isBzip2 } from '../codec/bzip2.ts';
import { inflate } from '../codec/inflate.ts';
import { lzma } from '../codec/lzma.ts';
import { lzo } from '../codec/lzo.ts';
import { lzw } from '../codec/lzw.ts';
import { Damaged, type Feed } from '../codec/feed.ts';
import type { Give } from '../codec/give.ts';
import type { Format } from './format.ts';
import { into } from './into.ts';

const powers = new Set(Array.from({ length: 14 }, (_, index) => 2 ** (index + 15)));

/** The header of what `lzma` writes, and bootloaders unpack: thirteen bytes that leave little to chance. */
const isLzma = (bytes: Buffer): boolean => {
	if (bytes.length < 19 || !powers.has(bytes.readUInt32LE(1)) || bytes[13] !== 0) return false;
	const high = bytes.readUInt32LE(9);
	return high === 0
		? bytes.readUInt32LE(5) < 0x40000000 && bytes.readUInt32LE(5) > 0
		: high === 0xffffffff && bytes.readUInt32LE(5) === high;
};

/** Reads what follows a header of `lzma`. */
export const lzmaAlone = async (feed: Feed, give: Give): Promise<void> => {
	const header = await feed.take(13);
	const high = header.readUInt32LE(9);
	const length = high === 0xffffffff ? Number.POSITIVE_INFINITY : high * 2 ** 32 + header.readUInt32LE(5);
	await lzma(feed, give, { properties: header[0] ?? 255, dictionary: header.readUInt32LE(1), length });
};

/** By their properties: what `lzma` writes, and what OpenWrt's bootloaders want. */
const lzmas = ['5d0000', '6d0000', '5e0000', '660000'].map((start): Format => ({
	name: 'what lzma has compressed',
	label: 'lzma',
	magic: Buffer.from(start, 'hex'),
	fits: (window, at) => isLzma(window.subarray(at, at + 19)),
	read: (opened) => into(opened.inside(), (give) => lzmaAlone(opened.feed, give)),
}));

const LZIP = Buffer.from('LZIP\x01');
const lzip: Format = {
	name: 'what lzip has compressed',
	label: 'lzip',
	magic: LZIP,
	fits: (window, at) =>
		((window[at + 5] ?? 0) & 0x1f) >= 12 && ((window[at + 5] ?? 0) & 0x1f) <= 29 && window[at + 6] === 0,
	read: ({ feed, inside }) =>
		into(inside(), async (give) => {
			do {
				const header = await feed.take(6);
				const code = header[5] ?? 0;
				const whole = 2 ** (code & 0x1f);
				const dictionary = whole - (whole / 16) * (code >> 5);
				await lzma(feed, give, { properties: 0x5d, dictionary, length: Number.POSITIVE_INFINITY });
				await feed.skip(20);
			} while ((await feed.need(26)) && feed.bytes.subarray(0, LZIP.length).equals(LZIP));
		}),
};

const bz2: Format = {
	name: 'what bzip2 has compressed',
	label: 'bzip2',
	magic: Buffer.from('BZh'),
	fits: isBzip2,
	read: ({ feed, inside }) => into(inside(), (give) => bzip2(feed, give)),
};

const LZOP = Buffer.from('894c5a4f000d0a1a0a', 'hex');
const lzop: Format = {
	name: 'what lzop has compressed',
	label: 'lzop',
	magic: LZOP,
	fits: (window, at) => (window[at + 9] ?? 0xff) < 0x20,
	read: ({ feed, inside }) =>
		into(inside(), async (give) => {
			const head = await feed.take(9 + 7);
			const isNew = head.readUInt16BE(9) >= 0x0940;
			if (isNew) await feed.skip(1);
			const flags = (await feed.take(4)).readUInt32BE(0);
			await feed.skip(((flags & 0x800) === 0 ? 0 : 4) + 8 + (isNew ? 4 : 0));
			const [name = 0] = await feed.take(1);
			await feed.skip(name + 4);
			const checks = (one: number, two: number): number =>
				((flags & one) === 0 ? 0 : 4) + ((flags & two) === 0 ? 0 : 4);
			for (;;) {
				const length = (await feed.take(4)).readUInt32BE(0);
				if (length === 0) return;
				const packed = (await feed.take(4)).readUInt32BE(0);
				if (length > 67_108_864 || packed > length) throw new Damaged();
				await feed.skip(checks(1, 0x100) + (packed < length ? checks(2, 0x200) : 0));
				const bytes = await feed.take(packed);
				const out = Buffer.alloc(length);
				await give(packed === length ? bytes : out.subarray(0, lzo(bytes, out)));
			}
		}),
};

const compress: Format = {
	name: 'what compress has compressed',
	label: 'compress',
	magic: Buffer.from([0x1f, 0x9d]),
	first: true,
	fits: (window, at) =>
		(window[at + 2] ?? 0) >> 7 === 1 && ((window[at + 2] ?? 0) & 0x1f) >= 9 && ((window[at + 2] ?? 0) & 0x1f) <= 16,
	async read({ feed, inside }) {
		const header = await feed.take(3);
		await into(inside(), (give) => lzw(feed, give, (header[2] ?? 0) & 0x1f, true));
	},
};

/** How much the first bytes give; -1 where they are damaged. */
const inflatedLength = (bytes: Buffer): number => {
	try {
		return inflateSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).length;
	} catch {
		return -1;
	}
};

/**
 * Zlib (RFC 1950) is known by two bytes only: at the start of a stream, as Git keeps its objects, and where its first bytes
 * can be inflated. Of random files one in 2^14 begins so, and of these one in some ten thousand goes on so.
 */
const zlibs = ['7801', '785e', '789c', '78da'].map((start): Format => ({
	name: 'what zlib has compressed',
	label: 'zlib',
	magic: Buffer.from(start, 'hex'),
	first: true,
	fits: (window, at) =>
		window.length - at > 8 &&
		(inflatedLength(window.subarray(at, at + 256)) >= 0 || inflatedLength(window.subarray(at, at + 64)) >= 32),
	read: ({ feed, inside }) => into(inside(), (give) => inflate(feed, give, 'zlib')),
}));

/** Streams that are compressed and hold one other. */
export const compressed: readonly Format[] = [...lzmas, lzip, bz2, lzop, compress, ...zlibs];
