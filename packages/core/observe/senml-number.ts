import type { ErrorCode } from '../problem/code.ts';
import { Problem } from '../problem/problem.ts';

/** Throws `Problem(code)` that says what the value is instead, and what to send. */
export const finiteNumber = (value: unknown, label: string, code: ErrorCode): number => {
	if (typeof value === 'number' && Number.isFinite(value)) return value;
	throw new Problem(code, `${label} must be a finite number; ${found(value)}`);
};

const none = 'leave the record out where there is no value';

const found = (value: unknown): string => {
	if (value === null) return `it is null: ${none}`;
	if (typeof value === 'number') {
		return Number.isNaN(value) ? `it is NaN: ${none}` : 'it is infinite, or beyond what a double holds';
	}
	if (typeof value === 'string') return 'it is text: write numbers without quotes, and text in vs';
	if (typeof value === 'boolean') return 'it is a boolean: write that in vb';
	if (value instanceof UnknownTag) {
		return `it has CBOR tag ${value.tag}: send an integer, a float or a decimal fraction (RFC 8428 §6)`;
	}
	return value === undefined ? `it is undefined: ${none}` : 'it is a composite or a byte string';
};

/** A tagged CBOR item that is no number of SenML. */
export class UnknownTag {
	readonly tag: number;
	constructor(tag: number) {
		this.tag = tag;
	}
}

/** Tags of RFC 8949 §3.4. */
const tags = { positive: 2, negative: 3, decimal: 4 } as const;
/** CR 7.1: the cost of writing a number out in decimal rises with the square of its size; more is no measurement. */
const longest = 128;

/**
 * A number of SenML in CBOR: an integer of any size, or a decimal fraction (RFC 8428 §6; RFC 8949 §3.4.3, §3.4.4), as the
 * nearest double, as JSON has it. Null when the tag says something else, or its contents are not what it says.
 */
export const taggedNumber = (tag: number, contents: unknown): number | null => {
	if (tag === tags.positive || tag === tags.negative) {
		const integer = bignum(tag, contents);
		return integer === null ? null : Number(integer);
	}
	if (tag !== tags.decimal || !Array.isArray(contents) || contents.length !== 2) return null;
	const [exponent, mantissa] = [integerOf(contents[0]), integerOf(contents[1])];
	// Read as decimal text, a fraction is rounded once: 1234 * 10^-2 by multiplication would be rounded twice.
	return exponent === null || mantissa === null ? null : Number(`${mantissa}e${exponent}`);
};

const integerOf = (value: unknown): bigint | null => {
	if (typeof value === 'bigint') return value;
	return Number.isSafeInteger(value) ? BigInt(value as number) : null;
};

/** A big number (RFC 8949 §3.4.3), or null. */
export const bignum = (tag: number, contents: unknown): bigint | null => {
	if (!(contents instanceof Uint8Array) || contents.length > longest) return null;
	const magnitude = BigInt(`0x0${Buffer.from(contents).toString('hex')}`);
	return tag === tags.positive ? magnitude : -1n - magnitude;
};
