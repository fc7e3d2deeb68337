import { Problem } from '../../problem/problem.ts';

/** What a COSE message of ours is made of. Integers within 2^53; a map's keys are integers or text. */
export type Cbor = number | string | boolean | null | Uint8Array | readonly Cbor[] | CborMap | Tagged;
export type CborMap = ReadonlyMap<number | string, Cbor>;

/** A tagged item (RFC 8949 §3.4). */
export class Tagged {
	readonly tag: number;
	readonly value: Cbor;

	constructor(tag: number, value: Cbor) {
		this.tag = tag;
		this.value = value;
	}
}

const major = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 } as const;
const simple = { false: 20, true: 21, null: 22 } as const;
/** An epoch is a tag, an array, the recipients, one of them, its headers, a key in them; and its message around it. */
const DEEPEST = 10;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Core deterministic encoding (RFC 8949 §4.2.1): shortest heads, definite lengths, keys sorted by their encoded bytes. */
export const encodeCbor = (value: Cbor): Uint8Array<ArrayBuffer> => {
	const parts: Uint8Array[] = [];
	write(value, parts);
	return new Uint8Array(Buffer.concat(parts));
};

const write = (value: Cbor, to: Uint8Array[]): void => {
	if (typeof value === 'number') {
		to.push(value < 0 ? head(major.negative, -1 - value) : head(major.unsigned, value));
	} else if (typeof value === 'string') {
		const text = encoder.encode(value);
		to.push(head(major.text, text.length), text);
	} else if (value === null || typeof value === 'boolean') {
		to.push(head(major.simple, value === null ? simple.null : value ? simple.true : simple.false));
	} else if (value instanceof Uint8Array) {
		to.push(head(major.bytes, value.length), value);
	} else if (value instanceof Tagged) {
		to.push(head(major.tag, value.tag));
		write(value.value, to);
	} else if (isMap(value)) {
		to.push(head(major.map, value.size));
		const entries = [...value].map(([key, item]) => ({ key: encodeCbor(key), item }));
		for (const { key, item } of entries.toSorted((a, b) => Buffer.compare(a.key, b.key))) {
			to.push(key);
			write(item, to);
		}
	} else {
		to.push(head(major.array, value.length));
		for (const item of value) write(item, to);
	}
};

export const isMap = (value: Cbor | undefined): value is CborMap => value instanceof Map;

const head = (kind: number, count: number): Uint8Array => {
	if (!Number.isSafeInteger(count) || count < 0) throw new TypeError(`no whole number within 2^53: ${count}`);
	const first = kind << 5;
	if (count < 24) return Uint8Array.of(first | count);
	if (count < 0x100) return Uint8Array.of(first | 24, count);
	if (count < 0x1_0000) return Uint8Array.of(first | 25, count >> 8, count & 0xff);
	const bytes = Buffer.alloc(count < 0x1_0000_0000 ? 5 : 9);
	bytes[0] = first | (bytes.length === 5 ? 26 : 27);
	if (bytes.length === 5) bytes.writeUInt32BE(count, 1);
	else bytes.writeBigUInt64BE(BigInt(count), 1);
	return bytes;
};

/**
 * The one item that the bytes are. Only what {@link encodeCbor} would have written is taken (RFC 8949 §4.2.1): a second spelling
 * of a message would be a second message to anyone who compares bytes, and hides what one decoder sees from the next. Throws
 * `Problem('seal-malformed')`, also for floats, indefinite lengths, a key that is there twice, more than 10 levels, and what is
 * cut short or goes on.
 */
export const decodeCbor = (bytes: Uint8Array): Cbor => {
	const reader = new Reader(bytes);
	const value = reader.item(0);
	if (reader.at !== bytes.length) throw malformed('bytes follow its end');
	return value;
};

/**
 * The items of a CBOR sequence (RFC 8742) from `from` on, each with its own bytes. Throws as {@link decodeCbor} does, and where they are more
 * than `most` with the ones before.
 */
export const decodeSequence = (
	bytes: Uint8Array,
	most: number,
	{ from, before }: { readonly from: number; readonly before: number } = { from: 0, before: 0 },
): { readonly value: Cbor; readonly bytes: Uint8Array }[] => {
	const reader = new Reader(bytes);
	const items: { value: Cbor; bytes: Uint8Array }[] = [];
	reader.at = from;
	while (reader.at < bytes.length) {
		if (before + items.length >= most) throw malformed(`it holds more than ${most} items`);
		const start = reader.at;
		const value = reader.item(0);
		items.push({ value, bytes: bytes.subarray(start, reader.at) });
	}
	return items;
};

const malformed = (why: string): Problem =>
	new Problem('seal-malformed', `The message is not deterministic CBOR of a sealed stream: ${why}.`);

/** Strings are views into the buffer. */
class Reader {
	readonly #bytes: Uint8Array;
	at = 0;

	constructor(bytes: Uint8Array) {
		this.#bytes = bytes;
	}

	item(depth: number): Cbor {
		if (depth > DEEPEST) throw malformed('it is nested too deep');
		const first = this.#byte();
		const kind = first >> 5;
		if (kind === major.simple) return this.#simple(first & 0x1f);
		const count = this.#count(first & 0x1f);
		if (kind === major.unsigned) return count;
		if (kind === major.negative) return this.#safe(-1 - count);
		if (kind === major.bytes) return this.#take(count);
		if (kind === major.text) return this.#text(count);
		if (kind === major.tag) {
			// Nothing of ours has a tag in a tag: what looks at the outer one alone would take it for something else.
			const value = this.item(depth + 1);
			if (value instanceof Tagged) throw malformed('a tag is in a tag');
			return new Tagged(count, value);
		}
		// Each item has a byte at least: no room is made for what cannot be there.
		if (count > this.#bytes.length - this.at) throw malformed('it is cut short');
		return kind === major.array ? Array.from({ length: count }, () => this.item(depth + 1)) : this.#map(count, depth);
	}

	#simple(info: number): boolean | null {
		if (info === simple.null) return null;
		if (info === simple.true || info === simple.false) return info === simple.true;
		throw malformed('it has a float or a simple value that none of its messages has');
	}

	#map(count: number, depth: number): CborMap {
		const map = new Map<number | string, Cbor>();
		let before: Uint8Array | null = null;
		for (let i = 0; i < count; i++) {
			const start = this.at;
			const key = this.item(depth + 1);
			if (typeof key !== 'number' && typeof key !== 'string') throw malformed('a key is neither a number nor text');
			const bytes = this.#bytes.subarray(start, this.at);
			if (before !== null && Buffer.compare(before, bytes) >= 0)
				throw malformed('its keys are not sorted, or one is twice');
			before = bytes;
			map.set(key, this.item(depth + 1));
		}
		return map;
	}

	#byte(): number {
		const byte = this.#bytes[this.at++];
		if (byte === undefined) throw malformed('it is cut short');
		return byte;
	}

	#take(count: number): Uint8Array {
		if (count > this.#bytes.length - this.at) throw malformed('it is cut short');
		this.at += count;
		return this.#bytes.subarray(this.at - count, this.at);
	}

	#text(count: number): string {
		try {
			return decoder.decode(this.#take(count));
		} catch (cause) {
			if (cause instanceof Problem) throw cause;
			throw malformed('a text is not UTF-8');
		}
	}

	#safe(value: number): number {
		if (!Number.isSafeInteger(value)) throw malformed('a number is beyond 2^53');
		return value;
	}

	#count(info: number): number {
		if (info < 24) return info;
		if (info > 27) throw malformed('it has an indefinite length');
		let value = 0;
		for (let i = 1 << (info - 24); i > 0; i--) value = value * 256 + this.#byte();
		const least = info === 24 ? 24 : 2 ** (8 * (1 << (info - 25)));
		if (value < least) throw malformed('a number or length is not in its shortest form');
		return this.#safe(value);
	}
}
