import { crc32 } from 'node:zlib';
import type { Source } from '../content/source.ts';
import { type Unpack, unpackers } from './blocks.ts';
import { FlashFiles } from './flash-files.ts';
import type { Format } from './format.ts';

const MAGIC = Buffer.from('31181006', 'hex');
const [DATA, NAME, SUPERBLOCK] = [1, 2, 6];
const HEADER = 24;
const BLOCK = 4096;
const LONGEST = 65_536;
const PIECE = 1_048_576;
const LONGEST_GAP = 67_108_864;

const compressors: readonly Unpack[] = [unpackers.none, unpackers.lzo, unpackers.deflate, unpackers.zstd];

/** The length of the node at `at`, whose CRC must be right; 0 where there is none. */
const nodeAt = (bytes: Buffer, at: number): number => {
	if (at + HEADER > bytes.length) return 0;
	const length = bytes.readUInt32LE(at + 16);
	if (length < HEADER || length > LONGEST || at + length > bytes.length) return 0;
	return ~crc32(bytes.subarray(at + 8, at + length)) >>> 0 === bytes.readUInt32LE(at + 4) ? length : 0;
};

const collect = async (source: Source, files: FlashFiles): Promise<number> => {
	let end = 0;
	for (let base = 0; base < source.length && base - end < LONGEST_GAP; base += PIECE) {
		const bytes = await source.read(base, PIECE + LONGEST);
		const stop = Math.min(PIECE, bytes.length);
		for (let at = Math.max(0, end - base); at < stop;) {
			at = bytes.indexOf(MAGIC, at);
			if (at === -1 || at >= stop) break;
			const length = nodeAt(bytes, at);
			if (length === 0) {
				at += 4;
				continue;
			}
			const type = bytes[at + 20];
			const inode = bytes.readUInt32LE(at + 24);
			if (type === DATA) {
				files.part({
					inode,
					version: Number(bytes.readBigUInt64LE(at + 8)),
					offset: (bytes.readUInt32LE(at + 28) & 0x1fffffff) * BLOCK,
					at: base + at + 48,
					packed: length - 48,
					length: Math.min(BLOCK, bytes.readUInt32LE(at + 40)),
					unpack: compressors[bytes.readUInt16LE(at + 44)] ?? unpackers.none,
				});
			} else if (type === NAME && length >= 56) {
				const name = bytes.toString('utf8', at + 56, at + 56 + bytes.readUInt16LE(at + 50));
				files.name(bytes.readUInt32LE(at + 40), inode, name);
			}
			at += length;
			end = base + at;
		}
	}
	return end;
};

/** UBIFS (Linux, fs/ubifs/ubifs-media.h): nodes that lie anywhere, each with its CRC; it begins with its superblock. */
export const ubifs: Format = {
	name: 'a UBIFS image',
	label: 'UBIFS',
	magic: MAGIC,
	fits: (window, start) =>
		window[start + 20] === SUPERBLOCK && window.readUInt32LE(start + 16) === 4096 && window[start + 22] === 0,
	async read(opened) {
		const source = await opened.source();
		const files = new FlashFiles();
		const end = await collect(source, files);
		await files.give(opened, source);
		await opened.behind(end);
	},
};
