import type { Source } from '../content/source.ts';
import type { Unpack } from './blocks.ts';
import { CutShort, Damaged } from '../codec/feed.ts';

/** A block of a table holds as many bytes, unpacked. */
const METADATA = 8192;
const MOST_CACHED = 256;
const FRAGMENTS_A_BLOCK = 512;
const STORED = 0x1000000;

export interface Entry {
	readonly name: string;
	/** A reference, as {@link SquashTables.inodes} takes it. */
	readonly inode: number;
	/** 1 for a folder, 2 for a file. */
	readonly type: number;
}

interface Block {
	readonly bytes: Buffer;
	readonly next: number;
}

/** The tables of a SquashFS image. A reference is the place of a block, times 65,536, and the place in it. */
export class SquashTables {
	readonly root: number;
	readonly #source: Source;
	readonly #unpack: Unpack;
	readonly #inodeTable: number;
	readonly #directoryTable: number;
	readonly #fragmentTable: number;
	readonly #fragmentCount: number;
	readonly #cache = new Map<number, Block>();
	#lastFragment: { readonly index: number; readonly bytes: Buffer } | null = null;

	constructor(source: Source, superblock: Buffer, unpack: Unpack) {
		const place = (at: number): number => Number(superblock.readBigUInt64LE(at));
		this.#source = source;
		this.#unpack = unpack;
		this.root = place(32);
		this.#fragmentCount = superblock.readUInt32LE(16);
		this.#inodeTable = place(64);
		this.#directoryTable = place(72);
		this.#fragmentTable = place(80);
	}

	/** Bytes of the inode table from a reference on. Throws `CutShort`, `Damaged`. */
	inodes(reference: number, length: number): Promise<Buffer> {
		return this.#bytes(this.#inodeTable + Math.floor(reference / 65_536), reference % 65_536, length);
	}

	/** What a folder holds. */
	async entries(inode: number): Promise<readonly Entry[]> {
		const head = await this.inodes(inode, 40);
		const long = head.readUInt16LE(0) === 8;
		if (!long && head.readUInt16LE(0) !== 1) throw new Damaged();
		const size = (long ? head.readUInt32LE(20) : head.readUInt16LE(24)) - 3;
		if (size <= 0) return [];
		const block = head.readUInt32LE(long ? 24 : 16);
		const offset = head.readUInt16LE(long ? 34 : 26);
		const list = await this.#bytes(this.#directoryTable + block, offset, size);
		const entries: Entry[] = [];
		for (let at = 0; at + 12 <= list.length;) {
			const count = list.readUInt32LE(at) + 1;
			const start = list.readUInt32LE(at + 4);
			at += 12;
			for (let index = 0; index < count && at + 8 <= list.length; index++) {
				const length = list.readUInt16LE(at + 6) + 1;
				const name = list.toString('utf8', at + 8, at + 8 + length);
				entries.push({ name, inode: start * 65_536 + list.readUInt16LE(at), type: list.readUInt16LE(at + 4) });
				at += 8 + length;
			}
		}
		return entries;
	}

	/** The block in which the ends of several files lie. */
	async fragment(index: number, blockSize: number): Promise<Buffer> {
		if (index >= this.#fragmentCount) throw new Damaged();
		if (this.#lastFragment?.index === index) return this.#lastFragment.bytes;
		const pointer = await this.#source.read(this.#fragmentTable + Math.floor(index / FRAGMENTS_A_BLOCK) * 8, 8);
		if (pointer.length < 8) throw new CutShort();
		const entry = await this.#bytes(Number(pointer.readBigUInt64LE(0)), (index % FRAGMENTS_A_BLOCK) * 16, 16);
		const size = entry.readUInt32LE(8);
		const packed = size & (STORED - 1);
		if (packed > blockSize + 65_536) throw new Damaged();
		const raw = await this.#source.read(Number(entry.readBigUInt64LE(0)), packed);
		const bytes = (size & STORED) === 0 ? await this.#unpack(raw, blockSize) : raw;
		this.#lastFragment = { index, bytes };
		return bytes;
	}

	/** Bytes that begin in the block at `place`, which may go on in the next ones. */
	async #bytes(place: number, offset: number, length: number): Promise<Buffer> {
		if (length > 67_108_864) throw new Damaged();
		const parts: Buffer[] = [];
		let at = place;
		let skip = offset;
		for (let left = length; left > 0;) {
			const { bytes, next } = await this.#block(at);
			const part = bytes.subarray(skip, skip + left);
			if (part.length === 0) throw new CutShort();
			parts.push(part);
			left -= part.length;
			skip = 0;
			at = next;
		}
		return Buffer.concat(parts);
	}

	async #block(place: number): Promise<Block> {
		const known = this.#cache.get(place);
		if (known !== undefined) return known;
		const head = await this.#source.read(place, 2);
		if (head.length < 2) throw new CutShort();
		const size = head.readUInt16LE(0) & 0x7fff;
		const raw = await this.#source.read(place + 2, size);
		if (size === 0 || size > METADATA || raw.length < size) throw new CutShort();
		const bytes = head.readUInt16LE(0) >= 0x8000 ? raw : await this.#unpack(raw, METADATA);
		const block = { bytes, next: place + 2 + size };
		if (this.#cache.size >= MOST_CACHED) this.#cache.clear();
		this.#cache.set(place, block);
		return block;
	}
}
