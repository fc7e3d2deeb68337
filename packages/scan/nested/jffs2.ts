import { crc32 } from 'node:zlib';
import { rtime } from '../codec/rtime.ts';
import type { Source } from '../content/source.ts';
import { type Unpack, unpackers } from './blocks.ts';
import { Damaged } from '../codec/feed.ts';
import { FlashFiles } from './flash-files.ts';
import type { Format } from './format.ts';

const [DIRECTORY, INODE] = [0xe001, 0xe002];
const INODE_HEADER = 68;
/** No node is longer. */
const LONGEST = 65_536;
const PIECE = 1_048_576;
/** Blank flash of this length ends an image. */
const LONGEST_GAP = 16_777_216;

/** By the number of the compressor. */
const unpackerOf = (compressor: number): Unpack => {
	switch (compressor) {
		case 0:
		case 4:
			return unpackers.none;
		case 1:
			return async (_bytes, length) => Buffer.alloc(length);
		case 2:
			return async (bytes, length) => rtime(bytes, length);
		case 6:
			return unpackers.zlib;
		case 7:
			return unpackers.lzo;
		default:
			return () => Promise.reject(new Damaged());
	}
};

interface Order {
	u16(bytes: Buffer, at: number): number;
	u32(bytes: Buffer, at: number): number;
	readonly magic: Buffer;
}

const little: Order = {
	u16: (bytes, at) => bytes.readUInt16LE(at),
	u32: (bytes, at) => bytes.readUInt32LE(at),
	magic: Buffer.from([0x85, 0x19]),
};
const big: Order = {
	u16: (bytes, at) => bytes.readUInt16BE(at),
	u32: (bytes, at) => bytes.readUInt32BE(at),
	magic: Buffer.from([0x19, 0x85]),
};

/** The CRC of JFFS2 begins with zero and is not inverted. */
const checksum = (bytes: Buffer): number => ~crc32(bytes, 0xffffffff) >>> 0;

/** The length of the node at `at`; 0 where there is none. */
const nodeAt = (bytes: Buffer, at: number, { u16, u32, magic }: Order): number => {
	if (at + 12 > bytes.length || !bytes.subarray(at, at + 2).equals(magic)) return 0;
	const length = u32(bytes, at + 4);
	if (
		length < 12 ||
		length > LONGEST ||
		((u16(bytes, at + 2) & 0xff00) !== 0xe000 && (u16(bytes, at + 2) & 0xff00) !== 0x2000)
	)
		return 0;
	return checksum(bytes.subarray(at, at + 8)) === u32(bytes, at + 8) ? length : 0;
};

/** Collects all nodes; gives where the last one ends. */
const collect = async (source: Source, files: FlashFiles, order: Order): Promise<number> => {
	const { u16, u32 } = order;
	let end = 0;
	for (let base = 0; base < source.length && base - end < LONGEST_GAP; base += PIECE) {
		const bytes = await source.read(base, PIECE + LONGEST);
		const stop = Math.min(PIECE, bytes.length);
		for (let at = Math.max(0, end - base); at < stop;) {
			at = bytes.indexOf(order.magic, at);
			if (at === -1 || at >= stop) break;
			const length = (base + at) % 4 === 0 ? nodeAt(bytes, at, order) : 0;
			if (length === 0) {
				at += 2;
				continue;
			}
			const type = u16(bytes, at + 2);
			if (type === INODE && at + INODE_HEADER <= bytes.length) {
				files.part({
					inode: u32(bytes, at + 12),
					version: u32(bytes, at + 16),
					offset: u32(bytes, at + 44),
					at: base + at + INODE_HEADER,
					packed: Math.min(LONGEST, u32(bytes, at + 48)),
					length: Math.min(LONGEST, u32(bytes, at + 52)),
					unpack: unpackerOf(bytes[at + 56] ?? 255),
				});
			} else if (type === DIRECTORY && at + 40 <= bytes.length) {
				const name = bytes.toString('utf8', at + 40, at + 40 + (bytes[at + 28] ?? 0));
				files.name(u32(bytes, at + 20), u32(bytes, at + 12), name);
			}
			at += Math.ceil(length / 4) * 4;
			end = base + at;
		}
	}
	return end;
};

const formatOf = (order: Order): Format => ({
	name: 'a JFFS2 image',
	label: 'JFFS2',
	magic: order.magic,
	fits: (window, start) => nodeAt(window, start, order) > 0,
	async read(opened) {
		const source = await opened.source();
		const files = new FlashFiles();
		const end = await collect(source, files, order);
		await files.give(opened, source);
		await opened.behind(end);
	},
});

/** JFFS2 (Linux, include/uapi/linux/jffs2.h) in either order of bytes: nodes that lie anywhere, each with its CRC. */
export const jffs2: readonly Format[] = [formatOf(little), formatOf(big)];
