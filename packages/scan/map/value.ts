/** What maps in binary forms hold; bytes as hex, which readers of JSON know keys in. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };

/** These bytes are no whole value. */
export class NotOne extends Error {}

/** Deeper and larger than lists of devices are. */
const DEEPEST = 32;
const MOST = 1_000_000;

/** Reads bytes one behind the other. */
export class Octets {
	readonly bytes: Buffer;
	at = 0;
	#values = 0;
	constructor(bytes: Buffer) {
		this.bytes = bytes;
	}

	get left(): number {
		return this.bytes.length - this.at;
	}

	take(length: number): Buffer {
		if (length < 0 || length > this.left) throw new NotOne();
		this.at += length;
		return this.bytes.subarray(this.at - length, this.at);
	}

	octet(): number {
		return this.take(1).readUInt8();
	}

	/** Most significant octet first. */
	number(length: number): number {
		const bytes = this.take(length);
		return length === 8 ? Number(bytes.readBigUInt64BE()) : bytes.readUIntBE(0, length);
	}

	/** Called for each value: bytes that were made to be large or deep are given up. */
	count(depth: number): void {
		if (depth > DEEPEST || ++this.#values > MOST) throw new NotOne();
	}
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

export const textOf = (bytes: Buffer): string => {
	try {
		return utf8.decode(bytes);
	} catch {
		throw new NotOne();
	}
};

/** Longer is a file, not a key: one of settings is read as such. */
const LONGEST_KEY = 64;

export const bytesAsText = (bytes: Buffer): string => {
	if (bytes.length <= LONGEST_KEY) return bytes.toString('hex');
	const text = bytes.toString('latin1');
	return /^[\t\n\r -~]*$/.test(text) ? text : '';
};

/** A map by its pairs. Two values under one name are no map. */
export const mapOf = (pairs: readonly (readonly [Value, Value])[]): Value => {
	const names = pairs.map(([name]) => (typeof name === 'object' ? '' : String(name)));
	if (new Set(names).size !== names.length) throw new NotOne();
	return Object.fromEntries(pairs.map(([, value], index) => [names[index] ?? '', value]));
};
