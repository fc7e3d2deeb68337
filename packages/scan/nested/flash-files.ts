import type { Source } from '../content/source.ts';
import { CutShort, Damaged } from '../codec/feed.ts';
import { type Opened, Stopped } from './format.ts';

/** A part of a file, as flash file systems write them one after the other. */
export interface Part {
	readonly inode: number;
	/** The later of two that overlap has the higher one. */
	readonly version: number;
	/** In the file. */
	readonly offset: number;
	/** Where its packed bytes lie, and how many. */
	readonly at: number;
	readonly packed: number;
	/** Unpacked. */
	readonly length: number;
	readonly unpack: (bytes: Buffer, length: number) => Promise<Buffer>;
}

/** Parts and names of one image that are kept. */
const MOST_PARTS = 2_000_000;
/** Files are put together in memory, up to this. */
const LONGEST_FILE = 268_435_456;

/** Collects parts and names in any order, and gives the files. */
export class FlashFiles {
	readonly #parts = new Map<number, Part[]>();
	readonly #names = new Map<number, { readonly parent: number; readonly name: string }>();
	#count = 0;

	part(part: Part): void {
		if (++this.#count > MOST_PARTS) throw new Stopped('an image has so many parts of files that it was not read');
		const parts = this.#parts.get(part.inode);
		if (parts === undefined) this.#parts.set(part.inode, [part]);
		else parts.push(part);
	}

	name(inode: number, parent: number, name: string): void {
		if (++this.#count <= MOST_PARTS) this.#names.set(inode, { parent, name });
	}

	#path(inode: number): string {
		const names: string[] = [];
		for (let at = inode; names.length < 64;) {
			const found = this.#names.get(at);
			if (found === undefined) break;
			names.unshift(found.name);
			at = found.parent;
		}
		return names.length === 0 ? `inode ${inode}` : names.join('/');
	}

	/** A file that was deleted is given too, where its parts are still there. */
	async give(opened: Opened, source: Source): Promise<void> {
		for (const [inode, parts] of this.#parts) {
			const path = this.#path(inode);
			const inner = opened.inside(path);
			try {
				const file = await fileOf(parts, source, () => opened.problem('a part of a file is damaged', path));
				for (let at = 0; at < file.length; at += 262_144) await inner.write(file.subarray(at, at + 262_144));
			} finally {
				await inner.end();
			}
		}
	}
}

const fileOf = async (parts: readonly Part[], source: Source, damaged: () => void): Promise<Buffer> => {
	const length = parts.reduce((most, part) => Math.max(most, part.offset + part.length), 0);
	if (length > LONGEST_FILE) throw new Stopped('a file in an image is so long that it was not read');
	const file = Buffer.alloc(length);
	for (const part of parts.toSorted((one, other) => one.version - other.version)) {
		try {
			const bytes = await part.unpack(await source.read(part.at, part.packed), part.length);
			bytes.copy(file, part.offset, 0, part.length);
		} catch (error) {
			if (!(error instanceof Damaged || error instanceof CutShort)) throw error;
			damaged();
		}
	}
	return file;
};
