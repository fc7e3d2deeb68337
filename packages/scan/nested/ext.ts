import type { Source } from '../content/source.ts';
import { CutShort, Damaged } from '../codec/feed.ts';
import type { Give } from '../codec/give.ts';
import type { Format, Opened } from './format.ts';
import { into } from './into.ts';

const SUPERBLOCK = 1024;
const MAGIC_AT = SUPERBLOCK + 56;
const ROOT = 2;
const [IS_FOLDER, IS_FILE] = [4, 8];
const [EXTENTS, INLINE] = [0x80000, 0x10000000];
const MOST_INODES = 2_000_000;
const MOST_BLOCKS = 67_108_864;
const DEEPEST = 6;
const PIECE = 1_048_576;
const FOLDER_LONGEST = 16_777_216;

interface Inode {
	readonly kind: number;
	readonly size: number;
	readonly flags: number;
	/** Sixty bytes: where its blocks lie, or its first bytes themselves. */
	readonly map: Buffer;
	readonly bytes: Buffer;
}

/** A run of blocks; `at` 0 is a hole. */
interface Run {
	readonly at: number;
	readonly count: number;
}

/** An ext2, ext3 or ext4 file system (Linux, Documentation/filesystems/ext4). */
class Ext {
	readonly blockSize: number;
	readonly length: number;
	readonly #source: Source;
	readonly #inodeSize: number;
	readonly #perGroup: number;
	readonly #descriptorSize: number;
	readonly #first: number;

	constructor(source: Source, superblock: Buffer) {
		this.#source = source;
		this.blockSize = 1024 * 2 ** superblock.readUInt32LE(24);
		this.length = superblock.readUInt32LE(4) * this.blockSize;
		this.#perGroup = superblock.readUInt32LE(40);
		this.#first = superblock.readUInt32LE(20);
		const isOld = superblock.readUInt32LE(76) === 0;
		this.#inodeSize = isOld ? 128 : superblock.readUInt16LE(88);
		const is64 = (superblock.readUInt32LE(96) & 0x80) !== 0;
		this.#descriptorSize = is64 ? Math.max(32, superblock.readUInt16LE(254)) : 32;
		if (this.#perGroup === 0 || this.#inodeSize < 128 || this.#inodeSize > this.blockSize) throw new Damaged();
	}

	async #read(at: number, length: number): Promise<Buffer> {
		const bytes = await this.#source.read(at, length);
		if (bytes.length < length) throw new CutShort();
		return bytes;
	}

	async inode(number: number): Promise<Inode> {
		const group = Math.floor((number - 1) / this.#perGroup);
		const index = (number - 1) % this.#perGroup;
		const descriptor = await this.#read(
			(this.#first + 1) * this.blockSize + group * this.#descriptorSize,
			this.#descriptorSize,
		);
		const table = descriptor.readUInt32LE(8) + (this.#descriptorSize > 32 ? descriptor.readUInt32LE(40) * 2 ** 32 : 0);
		const bytes = await this.#read(table * this.blockSize + index * this.#inodeSize, this.#inodeSize);
		const kind = bytes.readUInt16LE(0) >> 12;
		const high = kind === IS_FILE ? bytes.readUInt32LE(108) : 0;
		return {
			kind,
			size: high * 2 ** 32 + bytes.readUInt32LE(4),
			flags: bytes.readUInt32LE(32),
			map: bytes.subarray(40, 100),
			bytes,
		};
	}

	/** Where the blocks of a file lie. */
	async runs(inode: Inode): Promise<Run[]> {
		const count = Math.ceil(inode.size / this.blockSize);
		if (count > MOST_BLOCKS) throw new Damaged();
		return (inode.flags & EXTENTS) === 0 ? this.#mapped(inode.map, count) : this.#extents(inode.map, count, 0);
	}

	async #extents(node: Buffer, count: number, depth: number): Promise<Run[]> {
		if (node.readUInt16LE(0) !== 0xf30a || depth > DEEPEST) throw new Damaged();
		const entries = node.readUInt16LE(2);
		const isLeaf = node.readUInt16LE(6) === 0;
		const runs: Run[] = [];
		let next = 0;
		const add = (first: number, run: Run): void => {
			if (first > next) runs.push({ at: 0, count: Math.min(first, count) - next });
			runs.push(run);
			next = first + run.count;
		};
		for (let index = 0; index < entries && 24 + index * 12 <= node.length; index++) {
			const at = 12 + index * 12;
			const first = node.readUInt32LE(at);
			if (isLeaf) {
				const length = node.readUInt16LE(at + 4);
				const start = node.readUInt16LE(at + 6) * 2 ** 32 + node.readUInt32LE(at + 8);
				// Longer ones are reserved and hold nothing yet.
				if (length <= 32_768) add(first, { at: start, count: length });
			} else {
				const block = node.readUInt32LE(at + 4) + node.readUInt16LE(at + 8) * 2 ** 32;
				const inner = await this.#extents(await this.#read(block * this.blockSize, this.blockSize), count, depth + 1);
				runs.push(...inner);
			}
			if (runs.length > MOST_INODES) throw new Damaged();
		}
		return runs;
	}

	/** Twelve blocks, then those that blocks list, one, two and three deep. */
	async #mapped(map: Buffer, count: number): Promise<Run[]> {
		const runs: Run[] = [];
		let left = count;
		const take = async (block: number, depth: number): Promise<void> => {
			if (left <= 0) return;
			const each = (this.blockSize / 4) ** depth;
			if (depth === 0 || block === 0) {
				runs.push({ at: block, count: Math.min(left, each) });
				left -= each;
				return;
			}
			const list = await this.#read(block * this.blockSize, this.blockSize);
			for (let at = 0; at < list.length && left > 0; at += 4) await take(list.readUInt32LE(at), depth - 1);
		};
		for (let index = 0; index < 15 && left > 0; index++)
			await take(map.readUInt32LE(index * 4), Math.max(0, index - 11));
		return runs;
	}

	/** What lies in the inode itself: its first sixty bytes, and the rest in an attribute behind them. */
	inline(inode: Inode): Buffer {
		const start = 128 + (inode.bytes.length > 128 ? inode.bytes.readUInt16LE(128) : 0);
		let rest: Buffer = Buffer.alloc(0);
		if (inode.size > 60 && start + 4 < inode.bytes.length && inode.bytes.readUInt32LE(start) === 0xea020000) {
			const from = start + 4;
			for (
				let at = from;
				at + 16 <= inode.bytes.length && inode.bytes.readUInt32LE(at) !== 0;
				at += (16 + (inode.bytes[at] ?? 0) + 3) & ~3
			) {
				const isData = inode.bytes[at + 1] === 7 && inode.bytes.toString('latin1', at + 16, at + 20) === 'data';
				const value = from + inode.bytes.readUInt16LE(at + 2);
				if (isData) rest = inode.bytes.subarray(value, value + inode.bytes.readUInt32LE(at + 8));
			}
		}
		return Buffer.concat([inode.map, rest]).subarray(0, inode.size);
	}

	async content(inode: Inode, give: Give): Promise<void> {
		if ((inode.flags & INLINE) !== 0) return give(this.inline(inode));
		let left = inode.size;
		for (const { at, count } of await this.runs(inode)) {
			for (let done = 0; done < count * this.blockSize && left > 0;) {
				const length = Math.min(left, count * this.blockSize - done, PIECE);
				await give(at === 0 ? Buffer.alloc(length) : await this.#read(at * this.blockSize + done, length));
				done += length;
				left -= length;
			}
		}
	}
}

interface Entry {
	readonly name: string;
	readonly inode: number;
}

const entriesIn = (bytes: Buffer): Entry[] => {
	const entries: Entry[] = [];
	for (let at = 0; at + 8 <= bytes.length;) {
		const length = bytes.readUInt16LE(at + 4);
		if (length < 8) break;
		const inode = bytes.readUInt32LE(at);
		const name = bytes.toString('utf8', at + 8, at + 8 + (bytes[at + 6] ?? 0));
		if (inode !== 0 && name !== '.' && name !== '..') entries.push({ name, inode });
		at += length;
	}
	return entries;
};

const folderOf = async (ext: Ext, inode: Inode): Promise<Entry[]> => {
	if ((inode.flags & INLINE) !== 0) {
		const bytes = ext.inline(inode);
		return [...entriesIn(bytes.subarray(4, 60)), ...entriesIn(bytes.subarray(60))];
	}
	if (inode.size > FOLDER_LONGEST) throw new Damaged();
	const parts: Buffer[] = [];
	await ext.content(inode, async (chunk) => void parts.push(chunk));
	const bytes = Buffer.concat(parts);
	return Array.from({ length: Math.ceil(bytes.length / ext.blockSize) }, (_, block) =>
		entriesIn(bytes.subarray(block * ext.blockSize, (block + 1) * ext.blockSize)),
	).flat();
};

const read = async (opened: Opened): Promise<void> => {
	await opened.feed.need(SUPERBLOCK * 2);
	const superblock = Buffer.from(opened.feed.bytes.subarray(SUPERBLOCK, SUPERBLOCK * 2));
	const source = await opened.source(superblock.readUInt32LE(4) * 1024 * 2 ** superblock.readUInt32LE(24));
	const ext = new Ext(source, superblock);
	const visited = new Set<number>([ROOT]);
	const folders: { readonly inode: number; readonly path: string }[] = [{ inode: ROOT, path: '' }];
	for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
		for (const { name, inode } of await folderOf(ext, await ext.inode(folder.inode))) {
			if (visited.has(inode)) continue;
			visited.add(inode);
			if (visited.size > MOST_INODES) throw new Damaged();
			const path = folder.path === '' ? name : `${folder.path}/${name}`;
			try {
				const found = await ext.inode(inode);
				if (found.kind === IS_FOLDER) folders.push({ inode, path });
				if (found.kind === IS_FILE) await into(opened.inside(path), (give) => ext.content(found, give));
			} catch (error) {
				if (!(error instanceof Damaged || error instanceof CutShort)) throw error;
				opened.problem('a file in an ext file system is damaged', path);
			}
		}
	}
	await opened.behind(Math.min(source.length, ext.length));
};

/** ext2, ext3 and ext4, by their folders; what was deleted is not looked for. */
export const ext: Format = {
	name: 'an ext file system',
	label: 'ext',
	magic: Buffer.from([0x53, 0xef]),
	at: MAGIC_AT,
	fits(window, start) {
		const at = start + SUPERBLOCK;
		if (at + 1024 > window.length) return false;
		const state = window.readUInt16LE(at + 58);
		const blockLog = window.readUInt32LE(at + 24);
		return (
			state >= 1 &&
			state <= 7 &&
			blockLog <= 6 &&
			window.readUInt32LE(at + 20) === (blockLog === 0 ? 1 : 0) &&
			window.readUInt32LE(at) > 0 &&
			window.readUInt32LE(at + 40) > 0 &&
			window.readUInt32LE(at + 40) <= 65_536 * 8 &&
			window.readUInt32LE(at + 76) <= 1 &&
			window.readUInt16LE(at + 60) <= 3 &&
			window.readUInt16LE(at + 60) > 0
		);
	},
	read,
};
