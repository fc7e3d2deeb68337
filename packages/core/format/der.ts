import { Problem } from '../problem/problem.ts';
import type { ErrorCode } from '../problem/code.ts';
import type { Bytes } from '../units/bytes.ts';

/** Deeper than any certificate or request nests, shallow enough for every parser's stack. */
const MAX_DEPTH = 24;

/**
 * Holds input to DER (X.690 §10) before a tolerant BER parser sees it: one value, definite and shortest lengths, nothing
 * after it, bounded size and depth. Stops two readers from seeing two different requests in the same bytes, and nesting
 * bombs. Throws `Problem(code)`.
 */
export const requireDer = (der: Uint8Array, limit: Bytes, code: ErrorCode): void => {
	if (der.length > limit) throw new Problem(code, `${der.length} bytes is more than the ${limit} allowed.`);
	const end = readValue(der, 0, der.length, 0, code);
	if (end !== der.length) throw new Problem(code, `${der.length - end} bytes follow the DER value.`);
};

/** Gives the offset just after the value that begins at `start`. */
const readValue = (der: Uint8Array, start: number, end: number, depth: number, code: ErrorCode): number => {
	const fail = (what: string): never => {
		throw new Problem(code, `Not DER at byte ${start}: ${what}.`);
	};
	if (depth > MAX_DEPTH) fail('nested too deeply');
	if (start + 2 > end) fail('the value is cut short');
	const tag = der[start] ?? 0;
	if ((tag & 0x1f) === 0x1f) fail('a tag number above 30');
	let length = der[start + 1] ?? 0;
	let contents = start + 2;
	if (length >= 0x80) {
		const count = length & 0x7f;
		if (count === 0 || count > 3) fail('an indefinite or oversize length');
		if (contents + count > end) fail('the length is cut short');
		length = 0;
		for (let index = 0; index < count; index++) length = length * 256 + (der[contents + index] ?? 0);
		if (length < 0x80 || length < 256 ** (count - 1)) fail('a length that is not the shortest');
		contents += count;
	}
	const after = contents + length;
	if (after > end) fail('the value is cut short');
	if ((tag & 0x20) !== 0) {
		let at = contents;
		while (at < after) at = readValue(der, at, after, depth + 1, code);
	}
	return after;
};

/** One DER value: tag, shortest length, the parts in order. */
export const encodeDer = (tag: number, ...parts: readonly Uint8Array[]): Uint8Array => {
	const length = parts.reduce((sum, part) => sum + part.length, 0);
	const octets: number[] = [];
	for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
	const header = length < 0x80 ? [tag, length] : [tag, 0x80 | octets.length, ...octets];
	return new Uint8Array(Buffer.concat([Uint8Array.from(header), ...parts]));
};

/** The values inside a constructed value that `requireDer` has passed, each with its header. */
export const derChildren = (der: Uint8Array): Uint8Array[] => {
	const children: Uint8Array[] = [];
	let at = headerOf(der).contents;
	while (at < der.length) {
		const { contents, length } = headerOf(der.subarray(at));
		children.push(der.subarray(at, at + contents + length));
		at += contents + length;
	}
	return children;
};

const headerOf = (der: Uint8Array): { contents: number; length: number } => {
	const first = der[1] ?? 0;
	if (first < 0x80) return { contents: 2, length: first };
	const contents = 2 + (first & 0x7f);
	return { contents, length: der.subarray(2, contents).reduce((length, octet) => length * 256 + octet, 0) };
};
