import type { Source } from '../content/source.ts';
import { type Unpack, unpackers } from './blocks.ts';
import { Damaged } from '../codec/feed.ts';
import type { Give } from '../codec/give.ts';
import type { Format, Opened } from './format.ts';
import { into } from './into.ts';
import { SquashTables } from './squashfs-tables.ts';

const MAGIC = Buffer.from('hsqs');
const SUPERBLOCK = 96;
/** Files and folders of one image that are read. */
const MOST_INODES = 1_000_000;
const STORED = 0x1000000;

/** By the number of the compressor in the superblock. */
const compressors = ['none', 'zlib', 'lzma', 'lzo', 'xz', 'lz4', 'zstd'] as const;

interface File {
	readonly start: number;
	readonly size: number;
	readonly fragment: number;
	readonly offset: number;
	readonly blocks: readonly number[];
}

/** Inodes by type: folders 1 and 8, files 2 and 9. */
const readFile = async (tables: SquashTables, at: number, type: number, blockSize: number): Promise<File> => {
	const long = type === 9;
	const head = await tables.inodes(at, long ? 56 : 32);
	const start = long ? Number(head.readBigUInt64LE(16)) : head.readUInt32LE(16);
	const size = long ? Number(head.readBigUInt64LE(24)) : head.readUInt32LE(28);
	const fragment = head.readUInt32LE(long ? 44 : 20);
	const offset = head.readUInt32LE(long ? 48 : 24);
	const count = fragment === 0xffffffff ? Math.ceil(size / blockSize) : Math.floor(size / blockSize);
	const list = await tables.inodes(at + (long ? 56 : 32), count * 4);
	return {
		start,
		size,
		fragment,
		offset,
		blocks: Array.from({ length: count }, (_, index) => list.readUInt32LE(index * 4)),
	};
};

const read = async (opened: Opened): Promise<void> => {
	await opened.feed.need(SUPERBLOCK);
	const superblock = Buffer.from(opened.feed.bytes.subarray(0, SUPERBLOCK));
	const length = Number(superblock.readBigUInt64LE(40));
	const source = await opened.source(length);
	const compressor = compressors[superblock.readUInt16LE(20)];
	if (compressor === undefined || compressor === 'none') throw new Damaged();
	const unpack = unpackers[compressor];
	const blockSize = superblock.readUInt32LE(12);
	const tables = new SquashTables(source, superblock, unpack);
	const visited = new Set<number>();
	const folders: { readonly inode: number; readonly path: string }[] = [{ inode: tables.root, path: '' }];
	for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
		for (const { name, inode, type } of await tables.entries(folder.inode)) {
			// A file with several names is one; a folder inside itself ends.
			if (visited.has(inode)) continue;
			visited.add(inode);
			if (visited.size > MOST_INODES) throw new Damaged();
			const path = folder.path === '' ? name : `${folder.path}/${name}`;
			if (type === 1) folders.push({ inode, path });
			if (type === 2) await readInto(opened, path, (give) => fileInto(source, tables, inode, blockSize, unpack, give));
		}
	}
	await opened.behind(length);
};

/** One file; a damaged one spoils no other. */
const readInto = async (opened: Opened, path: string, file: (give: Give) => Promise<void>): Promise<void> => {
	try {
		await into(opened.inside(path), file);
	} catch (error) {
		if (!(error instanceof Damaged)) throw error;
		opened.problem('a file in a SquashFS image is damaged', path);
	}
};

const fileInto = async (
	source: Source,
	tables: SquashTables,
	inode: number,
	blockSize: number,
	unpack: Unpack,
	give: Give,
): Promise<void> => {
	const type = (await tables.inodes(inode, 2)).readUInt16LE(0);
	const { start, size, fragment, offset, blocks } = await readFile(tables, inode, type, blockSize);
	let at = start;
	let left = size;
	for (const block of blocks) {
		const length = Math.min(left, blockSize);
		const packed = block & (STORED - 1);
		if (packed > blockSize + 65_536) throw new Damaged();
		const bytes = await source.read(at, packed);
		if (packed === 0) await give(Buffer.alloc(length));
		else await give((block & STORED) === 0 ? await unpack(bytes, blockSize) : bytes);
		at += packed;
		left -= length;
	}
	if (fragment === 0xffffffff || left === 0) return;
	const whole = await tables.fragment(fragment, blockSize);
	if (offset + left > whole.length) throw new Damaged();
	await give(whole.subarray(offset, offset + left));
};

/** SquashFS 4 (Linux, Documentation/filesystems/squashfs.rst), at any place, with each of its compressors. */
export const squashfs: Format = {
	name: 'a SquashFS image',
	label: 'SquashFS',
	magic: MAGIC,
	fits(window, start) {
		if (start + SUPERBLOCK > window.length) return false;
		const log = window.readUInt16LE(start + 22);
		return (
			window.readUInt16LE(start + 28) === 4 && log >= 12 && log <= 20 && window.readUInt32LE(start + 12) === 2 ** log
		);
	},
	read,
};
