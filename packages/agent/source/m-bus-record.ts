import { Problem } from '@keyward/core';

/** One record of a meter (EN 13757-3). */
export interface MBusRecord {
	/** Null for what is not decoded: another quantity, or one that an extension changes. */
	readonly quantity: string | null;
	/** SenML symbol. */
	readonly unit: string | null;
	/** Null when the meter has none: an error value, digits out of range, an infinite float. */
	readonly value: number | null;
	readonly storage: number;
	readonly tariff: number;
	readonly kind: 'now' | 'maximum' | 'minimum' | 'error';
}

export const mBusQuantities: readonly string[] = [
	...['energy', 'volume', 'mass', 'power', 'flow', 'flow-temperature', 'return-temperature', 'temperature-difference'],
	...['external-temperature', 'pressure', 'voltage', 'current'],
];

/** Value information fields by their first code: quantity, unit, exponent of the first, and a divisor (EN 13757-3, table 10). */
const PRIMARY: readonly (readonly [
	first: number,
	last: number,
	quantity: string,
	unit: string,
	exponent: number,
	over: number,
])[] = [
	[0x00, 0x07, 'energy', 'Wh', -3, 1],
	[0x08, 0x0f, 'energy', 'J', 0, 1],
	[0x10, 0x17, 'volume', 'm3', -6, 1],
	[0x18, 0x1f, 'mass', 'kg', -3, 1],
	[0x28, 0x2f, 'power', 'W', -3, 1],
	[0x30, 0x37, 'power', 'W', 0, 3600],
	[0x38, 0x3f, 'flow', 'm3/s', -6, 3600],
	[0x40, 0x47, 'flow', 'm3/s', -7, 60],
	[0x48, 0x4f, 'flow', 'm3/s', -9, 1],
	[0x58, 0x5b, 'flow-temperature', 'Cel', -3, 1],
	[0x5c, 0x5f, 'return-temperature', 'Cel', -3, 1],
	[0x60, 0x63, 'temperature-difference', 'K', -3, 1],
	[0x64, 0x67, 'external-temperature', 'Cel', -3, 1],
	[0x68, 0x6b, 'pressure', 'Pa', 2, 1],
];

/** After 0xFD (table 14). */
const SECOND: typeof PRIMARY = [
	[0x40, 0x4f, 'voltage', 'V', -9, 1],
	[0x50, 0x5f, 'current', 'A', -12, 1],
];

const KINDS = ['now', 'maximum', 'minimum', 'error'] as const;

/** Bytes of the data by the low half of the data information field; -1 for what comes with its own length. */
const SIZES = [0, 1, 2, 3, 4, 4, 6, 8, 0, 1, 2, 3, 4, -1, 6] as const;

const cut = (): Problem => new Problem('source-malformed', 'the records end within one');

/** Reads bytes one after the other. Throws `Problem('source-malformed')` behind the end. */
class Bytes {
	readonly #bytes: Uint8Array;
	#at = 0;

	constructor(bytes: Uint8Array) {
		this.#bytes = bytes;
	}

	get left(): number {
		return this.#bytes.length - this.#at;
	}

	one(): number {
		const byte = this.#bytes[this.#at];
		if (byte === undefined) throw cut();
		this.#at += 1;
		return byte;
	}

	some(count: number): Uint8Array {
		if (count > this.left) throw cut();
		this.#at += count;
		return this.#bytes.subarray(this.#at - count, this.#at);
	}

	/** A byte and those that its highest bit announces; ten at most (section 6.3.5). */
	chain(): number[] {
		const chain = [this.one()];
		while (((chain.at(-1) ?? 0) & 0x80) !== 0) {
			if (chain.length > 10) throw new Problem('source-malformed', 'a record has more than ten extensions');
			chain.push(this.one());
		}
		return chain;
	}
}

export interface MBusTelegram {
	readonly records: readonly MBusRecord[];
	/** Whether more records follow in another telegram. */
	readonly more: boolean;
}

/**
 * Records of a response in the variable form, after its control information. Throws `Problem('source-malformed')` for bytes that
 * are not digits, and `Problem('source-unavailable')` when the meter says of itself that it is at fault, or has encrypted them.
 */
export const readTelegram = (data: Uint8Array): MBusTelegram => {
	const bytes = new Bytes(data);
	const header = bytes.some(12);
	const status = header[9] ?? 0;
	// Application error, permanent and temporary error (section 6.6).
	if ((status & 0x03) === 2 || (status & 0x18) !== 0)
		throw new Problem('source-unavailable', `the meter reports a fault in itself (status 0x${status.toString(16)})`);
	if (((header[11] ?? 0) & 0x1f) !== 0) throw new Problem('source-unavailable', 'the meter encrypts its records');
	const records: MBusRecord[] = [];
	while (bytes.left > 0) {
		const information = bytes.chain();
		const [dif = 0] = information;
		if (dif === 0x2f) continue;
		// What follows is the manufacturer's, or comes in the next telegram.
		if (dif === 0x0f || dif === 0x1f) return { records, more: dif === 0x1f };
		records.push(readRecord(information, bytes));
	}
	return { records, more: false };
};

const readRecord = ([dif = 0, ...extensions]: readonly number[], bytes: Bytes): MBusRecord => {
	let storage = (dif >> 6) & 1;
	let tariff = 0;
	for (const [at, extension] of extensions.entries()) {
		storage += (extension & 0x0f) * 2 ** (1 + 4 * at);
		tariff += ((extension >> 4) & 3) * 4 ** at;
	}
	const meaning = bytes.chain();
	const [vif = 0] = meaning;
	// A unit in plain text (section 6.4.1, 0x7C) comes before the data.
	if ((vif & 0x7f) === 0x7c) bytes.some(bytes.one());
	const size = SIZES[dif & 0x0f];
	if (size === undefined) throw new Problem('source-malformed', `a record has the form 0x${(dif & 0x0f).toString(16)}`);
	const data = bytes.some(size >= 0 ? size : variableSize(bytes.one()));
	const rule = ruleOf(meaning);
	const figure = figureOf(dif & 0x0f, data);
	const kind = KINDS[(dif >> 4) & 3] ?? 'error';
	const value =
		rule === null || figure === null ? null : Number(((figure * 10 ** rule.exponent) / rule.over).toPrecision(15));
	return { quantity: rule?.quantity ?? null, unit: rule?.unit ?? null, value, storage, tariff, kind };
};

/** Only what no extension changes: a correction that is not understood would make another figure of it. */
const ruleOf = (
	meaning: readonly number[],
): { readonly quantity: string; readonly unit: string; readonly exponent: number; readonly over: number } | null => {
	const [first = 0, second = 0] = meaning;
	const [table, code] = first === 0xfd && meaning.length === 2 ? [SECOND, second] : [PRIMARY, first];
	const row = table.find(([from, to]) => code >= from && code <= to);
	if (row === undefined || (table === PRIMARY && meaning.length > 1)) return null;
	const [from, , quantity, unit, exponent, over] = row;
	return { quantity, unit, exponent: exponent + code - from, over };
};

const variableSize = (length: number): number => {
	if (length < 0xc0) return length;
	if (length < 0xe0) return length & 0x0f;
	if (length < 0xf0) return length - 0xe0;
	throw new Problem('source-malformed', `a record has the length 0x${length.toString(16)}`);
};

const figureOf = (form: number, data: Uint8Array): number | null => {
	if (data.length === 0 || form === 0x0d) return null;
	if (form === 0x05) {
		const single = new DataView(data.buffer, data.byteOffset, 4).getFloat32(0, true);
		return Number.isFinite(single) ? single : null;
	}
	const digits = [...data].toReversed();
	if (form > 0x08) return decimalOf(digits.flatMap((byte) => [byte >> 4, byte & 0x0f]));
	const [top = 0] = digits;
	const size = 2 ** (8 * digits.length);
	const whole = digits.reduce((sum, byte) => sum * 256 + byte, 0);
	// Only the smallest of each length says "no value" (annex A): it stands for nothing else.
	if (whole === size / 2) return null;
	const figure = top >= 0x80 ? whole - size : whole;
	return Number.isSafeInteger(figure) ? figure : null;
};

/** Binary coded decimal digits; F in front is a minus, any other letter an error of the meter (annex B). */
const decimalOf = ([first = 0, ...others]: readonly number[]): number | null => {
	const digits = first === 0x0f ? others : [first, ...others];
	if (digits.some((digit) => digit > 9)) return null;
	const figure = digits.reduce((sum, digit) => sum * 10 + digit, 0);
	return first === 0x0f ? -figure : figure;
};
