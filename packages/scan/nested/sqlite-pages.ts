import type { Source } from '../content/source.ts';
import { CutShort, Damaged } from '../codec/feed.ts';

/** A value of a record: null for NULL. */
export type Value = null | number | string | Buffer;

const MOST_CACHED = 512;
const DEEPEST = 32;

/** A number of up to nine bytes, seven bits each, the highest first. */
const varint = (bytes: Buffer, at: number): { readonly value: number; readonly next: number } => {
	let value = 0;
	for (let index = 0; index < 8; index++) {
		const octet = bytes[at + index];
		if (octet === undefined) throw new Damaged();
		value = value * 128 + (octet & 0x7f);
		if (octet < 0x80) return { value, next: at + index + 1 };
	}
	return { value: value * 256 + (bytes[at + 8] ?? 0), next: at + 9 };
};

const lengths = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0] as const;

/** The b-trees of a SQLite database (sqlite.org/fileformat2.html). */
export class SqlitePages {
	readonly #source: Source;
	readonly #size: number;
	readonly #usable: number;
	readonly #encoding: 'utf8' | 'utf16le' | 'utf16be';
	readonly #cache = new Map<number, Buffer>();

	constructor(source: Source, header: Buffer) {
		const size = header.readUInt16BE(16);
		this.#source = source;
		this.#size = size === 1 ? 65_536 : size;
		this.#usable = this.#size - (header[20] ?? 0);
		const encoding = header.readUInt32BE(56);
		this.#encoding = encoding === 2 ? 'utf16le' : encoding === 3 ? 'utf16be' : 'utf8';
	}

	/** Rows of the table, or entries of the index, at this page; none twice, whatever its pages say. */
	async *rows(root: number, longest: number, damaged: () => void): AsyncGenerator<readonly Value[]> {
		const visited = new Set<number>();
		const waiting = [{ page: root, depth: 0 }];
		for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
			const { page, depth } = next;
			if (visited.has(page) || depth > DEEPEST) continue;
			visited.add(page);
			try {
				const bytes = await this.#page(page);
				const start = page === 1 ? 100 : 0;
				const type = bytes[start] ?? 0;
				const inner = type === 2 || type === 5;
				if (!inner && type !== 10 && type !== 13) throw new Damaged();
				const cells = bytes.readUInt16BE(start + 3);
				if (inner) waiting.push({ page: bytes.readUInt32BE(start + 8), depth: depth + 1 });
				for (let index = 0; index < cells; index++) {
					const at = bytes.readUInt16BE(start + (inner ? 12 : 8) + index * 2);
					if (inner) waiting.push({ page: bytes.readUInt32BE(at), depth: depth + 1 });
					if (type === 5) continue;
					const payload = varint(bytes, inner ? at + 4 : at);
					const from = type === 13 ? varint(bytes, payload.next).next : payload.next;
					if (payload.value > longest) damaged();
					else yield this.#record(await this.#payload(bytes, from, payload.value, type === 13));
				}
			} catch (error) {
				if (!(error instanceof Damaged || error instanceof CutShort || error instanceof RangeError)) throw error;
				damaged();
			}
		}
	}

	async #page(number: number): Promise<Buffer> {
		const known = this.#cache.get(number);
		if (known !== undefined) return known;
		if (number < 1) throw new Damaged();
		const bytes = await this.#source.read((number - 1) * this.#size, this.#size);
		if (bytes.length < this.#size) throw new CutShort();
		if (this.#cache.size >= MOST_CACHED) this.#cache.clear();
		this.#cache.set(number, bytes);
		return bytes;
	}

	/** What a cell holds; the rest of a long one lies in pages of its overflow. */
	async #payload(page: Buffer, from: number, length: number, isTable: boolean): Promise<Buffer> {
		const most = isTable ? this.#usable - 35 : Math.floor(((this.#usable - 12) * 64) / 255) - 23;
		if (length <= most) return page.subarray(from, from + length);
		const least = Math.floor(((this.#usable - 12) * 32) / 255) - 23;
		const kept = least + ((length - least) % (this.#usable - 4));
		const here = kept <= most ? kept : least;
		const parts = [page.subarray(from, from + here)];
		let next = page.readUInt32BE(from + here);
		for (let left = length - here; left > 0;) {
			const bytes = await this.#page(next);
			const part = bytes.subarray(4, Math.min(this.#usable, 4 + left));
			parts.push(part);
			left -= part.length;
			next = bytes.readUInt32BE(0);
		}
		return Buffer.concat(parts);
	}

	#record(bytes: Buffer): readonly Value[] {
		const header = varint(bytes, 0);
		const values: Value[] = [];
		let at = header.value;
		for (let next = header.next; next < header.value;) {
			const type = varint(bytes, next);
			next = type.next;
			const length = type.value < 12 ? (lengths[type.value] ?? 0) : Math.floor((type.value - 12) / 2);
			const value = bytes.subarray(at, at + length);
			at += length;
			if (type.value === 0) values.push(null);
			else if (type.value === 8 || type.value === 9) values.push(type.value - 8);
			else if (type.value < 7) values.push(length <= 6 ? value.readIntBE(0, length) : Number(value.readBigInt64BE(0)));
			else if (type.value === 7) values.push(value.readDoubleBE(0));
			else values.push(type.value % 2 === 0 ? Buffer.from(value) : this.#text(value));
		}
		return values;
	}

	#text(bytes: Buffer): string {
		if (this.#encoding !== 'utf16be') return bytes.toString(this.#encoding);
		return Buffer.from(bytes.subarray(0, bytes.length & ~1))
			.swap16()
			.toString('utf16le');
	}
}
