import { hash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { inflate } from '../codec/inflate.ts';
import { piecesOf, type Source } from '../content/source.ts';
import { CutShort, Damaged, Feed } from '../codec/feed.ts';
import { type Format, type Opened, Stopped } from './format.ts';

const MAGIC = Buffer.from('PACK');
const HEADER = 12;
/** SHA-1 of the pack behind it. */
const TRAILER = 20;
const MIB = 1_048_576;
/** An object up to this is put together in memory; a longer one is read as it comes, and nothing can build on it. */
const LONGEST_BASE = 64 * MIB;
/** Objects that are kept, since others may build on them. */
const KEPT = 64 * MIB;
/** Git itself writes chains of 250 at most. */
const LONGEST_CHAIN = 4096;

const kinds: ReadonlyMap<number, string> = new Map([
	[1, 'commit'],
	[2, 'tree'],
	[3, 'blob'],
	[4, 'tag'],
]);
const [BY_PLACE, BY_NAME] = [6, 7];

/** One entry (gitformat-pack(5)): an object, or what is other in it than in the one that it builds on. */
interface Entry {
	readonly type: number;
	/** Of the object, or of the instructions. */
	readonly size: number;
	/** Place of that on which it builds; its name where that is told in its stead. */
	readonly base: number | string | null;
	/** Where its zlib stream begins. */
	readonly data: number;
}

const entryAt = async (source: Source, place: number): Promise<Entry> => {
	const bytes = await source.read(place, 48);
	let at = 0;
	const next = (): number => {
		const byte = bytes[at++];
		if (byte === undefined) throw new CutShort();
		return byte;
	};
	let byte = next();
	const type = (byte >> 4) & 7;
	let size = byte & 15;
	for (let factor = 16; byte >= 128; factor *= 128) {
		byte = next();
		size += (byte & 127) * factor;
	}
	let base: number | string | null = null;
	if (type === BY_PLACE) {
		byte = next();
		let back = byte & 127;
		while (byte >= 128) {
			byte = next();
			back = (back + 1) * 128 + (byte & 127);
		}
		base = place - back;
		if (back === 0 || base < HEADER) throw new Damaged();
	} else if (type === BY_NAME) {
		base = bytes.toString('hex', at, at + 20);
		at += 20;
	} else if (!kinds.has(type)) throw new Damaged();
	if (!Number.isSafeInteger(size)) throw new Damaged();
	return { type, size, base, data: place + at };
};

/** Programs that write packs hold their head too: behind that of a pack stands an entry with a zlib stream. */
const beginsEntry = (bytes: Buffer): boolean => {
	const type = ((bytes[0] ?? 0) >> 4) & 7;
	if (!kinds.has(type) && type !== BY_NAME) return false;
	const last = bytes.findIndex((byte) => byte < 128);
	const zlib = last + 1 + (type === BY_NAME ? 20 : 0);
	if (last === -1 || zlib + 2 > bytes.length) return false;
	return ((bytes[zlib] ?? 0) & 15) === 8 && bytes.readUInt16BE(zlib) % 31 === 0;
};

/** The bytes of one zlib stream of a known length, and how many it takes. */
const inflated = async (source: Source, { data, size }: Entry): Promise<{ bytes: Buffer; taken: number }> => {
	const packed = await source.read(data, size + Math.ceil(size / 512) + 128);
	try {
		const options = { maxOutputLength: size + 1, info: true };
		const { buffer, engine } = inflateSync(packed, options) as unknown as {
			readonly buffer: Buffer;
			readonly engine: { readonly bytesWritten: number };
		};
		if (buffer.length !== size) throw new Damaged();
		return { bytes: buffer, taken: engine.bytesWritten };
	} catch (error) {
		const isShort = error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR';
		throw isShort ? new CutShort() : new Damaged();
	}
};

/** An object of which `delta` says the difference to `base`. */
const built = (base: Buffer, delta: Buffer): Buffer => {
	let at = 0;
	const length = (): number => {
		let value = 0;
		for (let factor = 1; ; factor *= 128) {
			const byte = delta[at++];
			if (byte === undefined || factor > 2 ** 35) throw new Damaged();
			value += (byte & 127) * factor;
			if (byte < 128) return value;
		}
	};
	if (length() !== base.length) throw new Damaged();
	const size = length();
	if (size > LONGEST_BASE) throw new Damaged();
	const out = Buffer.alloc(size);
	let filled = 0;
	while (at < delta.length) {
		const code = delta[at++] ?? 0;
		const number = (bits: number, first: number): number => {
			let value = 0;
			for (let bit = 0; bit < bits; bit++) if (code & (first << bit)) value += (delta[at++] ?? 0) * 256 ** bit;
			return value;
		};
		const from = code >= 128 ? number(4, 1) : at;
		const count = code >= 128 ? number(3, 16) || 65_536 : code;
		const given = code >= 128 ? base : delta;
		if (count === 0 || from + count > given.length || filled + count > size) throw new Damaged();
		given.copy(out, filled, from, from + count);
		filled += count;
		if (code < 128) at += count;
	}
	if (filled !== size) throw new Damaged();
	return out;
};

interface Whole {
	readonly type: number;
	readonly bytes: Buffer;
}

/** Puts objects together, and keeps some for those that build on them. */
class Objects {
	readonly #kept = new Map<number, Whole>();
	#length = 0;
	/** Bytes put together, also those that nobody is given: bounded as what comes out of archives is. */
	#worked = 0;
	readonly #source: Source;
	readonly #placeOf: ReadonlyMap<string, number>;
	readonly #most: number;

	constructor(
		source: Source,
		placeOf: ReadonlyMap<string, number>,
		{ memberFree, memberRatio }: Opened['content']['limits'],
	) {
		this.#source = source;
		this.#placeOf = placeOf;
		this.#most = 16 * memberFree + memberRatio * source.length;
	}

	/** The object at this place; null where it builds on one that is not there. */
	async at(place: number, entry: Entry): Promise<Whole | null> {
		const chain: { readonly place: number; readonly entry: Entry }[] = [];
		let whole = this.#kept.get(place);
		for (let [here, next] = [place, entry]; whole === undefined;) {
			chain.push({ place: here, entry: next });
			if (next.base === null || chain.length > LONGEST_CHAIN) break;
			const base = typeof next.base === 'number' ? next.base : this.#placeOf.get(next.base);
			if (base === undefined) return null;
			here = base;
			whole = this.#kept.get(here);
			if (whole === undefined) next = await entryAt(this.#source, here);
		}
		for (let link = chain.pop(); link !== undefined; link = chain.pop()) {
			if (link.entry.size > LONGEST_BASE) return null;
			const { bytes } = await inflated(this.#source, link.entry);
			if (link.entry.base === null) whole = { type: link.entry.type, bytes };
			else if (whole === undefined) throw new Damaged();
			else whole = { type: whole.type, bytes: built(whole.bytes, bytes) };
			this.#keep(link.place, whole);
		}
		return whole ?? null;
	}

	#keep(place: number, whole: Whole): void {
		this.#worked += whole.bytes.length;
		if (this.#worked > this.#most) throw new Stopped('a Git pack gives more than it holds; the rest was not read');
		this.#kept.set(place, whole);
		this.#length += whole.bytes.length;
		for (const [oldest, { bytes }] of this.#kept) {
			if (this.#length <= KEPT) return;
			this.#kept.delete(oldest);
			this.#length -= bytes.length;
		}
	}
}

const nameOf = ({ type, bytes }: Whole): string =>
	hash('sha1', Buffer.concat([Buffer.from(`${kinds.get(type)} ${bytes.length}\0`), bytes]));

/** Gives an object on; trees hold names of files alone. */
const give = async (opened: Opened, { type, bytes }: Whole, name: string): Promise<void> => {
	if (type === 2) return;
	const inner = opened.inside(`${kinds.get(type)} ${name.slice(0, 12)}`);
	await inner.write(bytes);
	await inner.end();
};

/** Passes a stream on that is too long to be kept; gives its end. */
const giveLong = async (opened: Opened, source: Source, entry: Entry, place: number): Promise<number> => {
	const pieces = piecesOf(source, entry.data);
	const feed = new Feed(entry.data, Buffer.alloc(0));
	feed.replay(entry.data, async () => {
		const piece = await pieces.next();
		return piece.done === true ? Buffer.alloc(0) : piece.value;
	});
	feed.end();
	const inner = opened.inside(`object at byte ${place}`);
	const isDelta = entry.base !== null;
	if (isDelta) opened.problem('an object in a Git pack is too long to be put together', `object at byte ${place}`);
	try {
		await inflate(feed, async (chunk) => (isDelta ? undefined : inner.write(chunk)), 'zlib');
	} finally {
		await inner.end();
	}
	return feed.place;
};

/**
 * What `git gc` and `git bundle` pack objects in: files that were deleted long ago lie in it as well. By name an object is found with
 * `git log --all --find-object=NAME`.
 */
export const gitPack: Format = {
	name: 'a Git pack',
	label: 'Git pack',
	magic: MAGIC,
	fits: (window, start) =>
		window.length >= start + HEADER &&
		[2, 3].includes(window.readUInt32BE(start + 4)) &&
		window.readUInt32BE(start + 8) > 0 &&
		window.readUInt32BE(start + 8) < 0x7fffffff &&
		beginsEntry(window.subarray(start + HEADER, start + HEADER + 48)),
	async read(opened) {
		await opened.feed.need(HEADER);
		const count = opened.feed.bytes.readUInt32BE(8);
		const source = await opened.source();
		const placeOf = new Map<string, number>();
		const objects = new Objects(source, placeOf, opened.content.limits);
		/** Those that build on one that was not met yet. */
		let waiting: number[] = [];
		const one = async (place: number, entry: Entry): Promise<boolean> => {
			const whole = await objects.at(place, entry);
			if (whole === null) return false;
			const name = nameOf(whole);
			placeOf.set(name, place);
			await give(opened, whole, name);
			return true;
		};
		let place = HEADER;
		for (let index = 0; index < count; index++) {
			const entry = await entryAt(source, place);
			if (entry.size > LONGEST_BASE) {
				place = await giveLong(opened, source, entry, place);
				continue;
			}
			const { taken } = await inflated(source, entry);
			if (!(await one(place, entry))) waiting.push(place);
			place = entry.data + taken;
		}
		for (let before = Infinity; waiting.length > 0 && waiting.length < before;) {
			before = waiting.length;
			const left: number[] = [];
			for (const again of waiting) if (!(await one(again, await entryAt(source, again)))) left.push(again);
			waiting = left;
		}
		for (const missing of waiting)
			opened.problem('an object in a Git pack builds on one that is not in it', `object at byte ${missing}`);
		await opened.behind(place + TRAILER);
	},
};
