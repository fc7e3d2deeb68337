import type { Source } from '../content/source.ts';
import { unpackers } from './blocks.ts';
import { CutShort, Damaged } from '../codec/feed.ts';
import type { Give } from '../codec/give.ts';
import type { Format, Opened } from './format.ts';
import { into } from './into.ts';

const MAGIC = Buffer.from('453dcd28', 'hex');
const SIGNATURE = 'Compressed ROMFS';
const SUPERBLOCK = 76;
const BLOCK = 4096;
const INODE = 12;
const MOST_INODES = 1_000_000;

interface Inode {
	readonly mode: number;
	readonly size: number;
	readonly nameLength: number;
	readonly offset: number;
}

const inodeIn = (bytes: Buffer, at: number): Inode => ({
	mode: bytes.readUInt16LE(at),
	size: bytes.readUIntLE(at + 4, 3),
	nameLength: ((bytes[at + 8] ?? 0) & 0x3f) * 4,
	offset: Math.floor(bytes.readUInt32LE(at + 8) / 64) * 4,
});

const exactly = async (source: Source, at: number, length: number): Promise<Buffer> => {
	const bytes = await source.read(at, length);
	if (bytes.length < length) throw new CutShort();
	return bytes;
};

const fileInto = async (source: Source, { size, offset }: Inode, give: Give): Promise<void> => {
	const count = Math.ceil(size / BLOCK);
	const ends = await exactly(source, offset, count * 4);
	let at = offset + count * 4;
	for (let index = 0; index < count; index++) {
		const end = ends.readUInt32LE(index * 4) % 0x40000000;
		if (end < at || end - at > BLOCK * 2) throw new Damaged();
		const length = Math.min(BLOCK, size - index * BLOCK);
		await give(end === at ? Buffer.alloc(length) : await unpackers.zlib(await exactly(source, at, end - at), BLOCK));
		at = end;
	}
};

const read = async (opened: Opened): Promise<void> => {
	await opened.feed.need(SUPERBLOCK);
	const superblock = Buffer.from(opened.feed.bytes.subarray(0, SUPERBLOCK));
	const length = superblock.readUInt32LE(4);
	const source = await opened.source(length);
	const folders: { readonly inode: Inode; readonly path: string }[] = [{ inode: inodeIn(superblock, 64), path: '' }];
	let inodes = 0;
	for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
		const list = await exactly(source, folder.inode.offset, folder.inode.size);
		for (let at = 0; at + INODE <= list.length;) {
			const inode = inodeIn(list, at);
			const name = list.toString('utf8', at + INODE, at + INODE + inode.nameLength).split('\0', 1)[0] ?? '';
			at += INODE + inode.nameLength;
			if (++inodes > MOST_INODES) throw new Damaged();
			const path = folder.path === '' ? name : `${folder.path}/${name}`;
			// A folder lies before what it holds: one inside itself ends.
			if (inode.mode >> 12 === 4 && inode.offset > folder.inode.offset) folders.push({ inode, path });
			if (inode.mode >> 12 === 8) await into(opened.inside(path), (give) => fileInto(source, inode, give));
		}
	}
	await opened.behind(length);
};

/** Cramfs (Linux, include/uapi/linux/cramfs_fs.h). */
export const cramfs: Format = {
	name: 'a cramfs image',
	label: 'cramfs',
	magic: MAGIC,
	fits: (window, start) =>
		window.toString('latin1', start + 16, start + 32) === SIGNATURE && window.length >= start + SUPERBLOCK,
	read,
};
