/** Where one DER value lies in its bytes: header from `start`, contents up to `end`. */
export interface DerValue {
	readonly tag: number;
	readonly start: number;
	readonly contents: number;
	readonly end: number;
}

/** Deeper than any certificate or key nests. */
const MAX_DEPTH = 24;

/** Values that may still be walked; carving through hostile bytes stops at none. */
export interface Walk {
	left: number;
}

/**
 * The value at `at`, or null when no whole one lies before `limit`: cut short, an indefinite length, a tag number above 30.
 * Unlike core's reader it throws nothing, as most of what a scan looks at is no DER, and it takes lengths that are not
 * the shortest, as some manufacturers write them.
 */
export const readValue = (bytes: Uint8Array, at: number, limit: number): DerValue | null => {
	if (at + 2 > limit) return null;
	const tag = bytes[at] ?? 0;
	if ((tag & 0x1f) === 0x1f) return null;
	let length = bytes[at + 1] ?? 0;
	let contents = at + 2;
	if (length >= 0x80) {
		const count = length & 0x7f;
		if (count === 0 || count > 4 || contents + count > limit) return null;
		length = 0;
		for (const end = contents + count; contents < end; contents++) length = length * 256 + (bytes[contents] ?? 0);
	}
	const end = contents + length;
	return end > limit ? null : { tag, start: at, contents, end };
};

/** The values inside a constructed value; null when they do not fill it exactly. */
export const childrenOf = (bytes: Uint8Array, value: DerValue): DerValue[] | null => {
	const children: DerValue[] = [];
	for (let at = value.contents; at < value.end;) {
		const child = readValue(bytes, at, value.end);
		if (child === null) return null;
		children.push(child);
		at = child.end;
	}
	return children;
};

/** True when every constructed value inside is whole, down to a bounded depth and amount of work. */
export const isWhole = (bytes: Uint8Array, value: DerValue, walk: Walk, depth = 0): boolean => {
	if (--walk.left < 0 || depth > MAX_DEPTH) return false;
	if ((value.tag & 0x20) === 0) return true;
	for (let at = value.contents; at < value.end;) {
		const child = readValue(bytes, at, value.end);
		if (child === null || !isWhole(bytes, child, walk, depth + 1)) return false;
		at = child.end;
	}
	return true;
};

export const headerAndContents = (bytes: Uint8Array, { start, end }: DerValue): Uint8Array =>
	bytes.subarray(start, end);
export const contentsOf = (bytes: Uint8Array, { contents, end }: DerValue): Uint8Array => bytes.subarray(contents, end);

/** The whole bytes of an OCTET STRING or BIT STRING without unused bits; null for others. */
export const stringOf = (bytes: Uint8Array, value: DerValue | undefined): Uint8Array | null => {
	if (value?.tag === 0x04) return contentsOf(bytes, value);
	if (value?.tag !== 0x03 || value.end === value.contents || bytes[value.contents] !== 0) return null;
	return bytes.subarray(value.contents + 1, value.end);
};

/** Dotted form of an OBJECT IDENTIFIER; null for others and for arcs beyond 2^49. */
export const oidOf = (bytes: Uint8Array, value: DerValue | undefined): string | null => {
	if (value?.tag !== 0x06 || value.end === value.contents || value.end - value.contents > 64) return null;
	const arcs: number[] = [];
	let arc = 0;
	for (let at = value.contents; at < value.end; at++) {
		const octet = bytes[at] ?? 0;
		arc = arc * 128 + (octet & 0x7f);
		if (arc > 2 ** 49) return null;
		if (octet >= 0x80) continue;
		if (arcs.length === 0) {
			const first = Math.min(2, Math.floor(arc / 40));
			arcs.push(first, arc - first * 40);
		} else arcs.push(arc);
		arc = 0;
	}
	return arc === 0 ? arcs.join('.') : null;
};

/** The magnitude of a non-negative INTEGER, without leading zeros; null for others. */
export const magnitudeOf = (bytes: Uint8Array, value: DerValue | undefined): Uint8Array | null => {
	if (value?.tag !== 0x02 || value.end === value.contents || (bytes[value.contents] ?? 0) >= 0x80) return null;
	return trimmed(contentsOf(bytes, value));
};

/** A small non-negative INTEGER; null for others. */
export const smallOf = (bytes: Uint8Array, value: DerValue | undefined): number | null => {
	const magnitude = magnitudeOf(bytes, value);
	if (magnitude === null || magnitude.length > 4) return null;
	return magnitude.reduce((sum, octet) => sum * 256 + octet, 0);
};

export const toBigInt = (magnitude: Uint8Array): bigint =>
	magnitude.length === 0 ? 0n : BigInt(`0x${Buffer.from(magnitude).toString('hex')}`);

/** Big-endian bytes without leading zeros. */
export const trimmed = (bytes: Uint8Array): Uint8Array => {
	let from = 0;
	while (from < bytes.length && bytes[from] === 0) from++;
	return bytes.subarray(from);
};

/** One DER value. */
export const der = (tag: number, ...parts: readonly Uint8Array[]): Uint8Array => {
	const length = parts.reduce((sum, part) => sum + part.length, 0);
	const octets: number[] = [];
	for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
	const header = length < 0x80 ? [tag, length] : [tag, 0x80 | octets.length, ...octets];
	return new Uint8Array(Buffer.concat([Uint8Array.from(header), ...parts]));
};

/** INTEGER of a magnitude. */
export const derInteger = (magnitude: Uint8Array): Uint8Array => {
	const digits = trimmed(magnitude);
	return der(0x02, (digits[0] ?? 0x80) >= 0x80 ? Uint8Array.of(0) : Uint8Array.of(), digits);
};

/** OBJECT IDENTIFIER of its dotted form. */
export const derOid = (dotted: string): Uint8Array => {
	const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
	const octets = [first * 40 + second, ...rest].flatMap((arc) => {
		const digits = [arc % 128];
		for (let more = Math.floor(arc / 128); more > 0; more = Math.floor(more / 128)) digits.unshift(0x80 | (more % 128));
		return digits;
	});
	return der(0x06, Uint8Array.from(octets));
};
