import assert from 'node:assert/strict';
import { Problem } from '../problem/problem.ts';
import { type Doubt, doubtBit, doubtBits, doubtsOf } from './doubt.ts';

/** What is kept of a record under its identity: its value and its unit. */
export interface KeptRecord {
	readonly value: number | string | boolean;
	readonly unit: string;
	/** What is doubtful about it; left out where nothing is. */
	readonly doubt?: readonly Doubt[];
}

const NUMBER = 1;
const TEXT = 2;
const FALSE = 3;
const TRUE = 4;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The canonical bytes of a record, the same for the same meaning: one byte of kind; a number as 8 bytes IEEE 754
 * big-endian (-0 as 0), text as 2 bytes of length and UTF-8, a boolean as nothing more; then the unit in UTF-8.
 * "The same identity with the same bytes" compares these. The upper half of the kind says what is doubtful (`doubtBit`); a doubt
 * is no part of the meaning.
 */
export const encodeRecord = (record: KeptRecord): Uint8Array => {
	const bytes = encodeMeaning(record);
	if (record.doubt !== undefined) for (const doubt of record.doubt) addDoubts(bytes, doubtBit[doubt]);
	return bytes;
};

/** Adds doubts to a record's canonical bytes, in place. */
export const addDoubts = (bytes: Uint8Array, bits: number): void => {
	bytes[0] = (bytes[0] ?? 0) | bits;
};

/** The value of canonical bytes, where it is a number; else null. */
export const numberOf = (bytes: Uint8Array): number | null => {
	if (((bytes[0] ?? 0) & ~doubtBits) !== NUMBER || bytes.length < 9) return null;
	for (let i = 0; i < 8; i++) float.setUint8(i, bytes[1 + i] ?? 0);
	return float.getFloat64(0);
};

const encodeMeaning = ({ value, unit }: KeptRecord): Uint8Array => {
	if (typeof value === 'number') return encodeNumber(value === 0 ? 0 : value, unit);
	const tail = utf8(unit);
	if (typeof value === 'boolean') {
		const bytes = new Uint8Array(1 + tail.length);
		bytes[0] = value ? TRUE : FALSE;
		bytes.set(tail, 1);
		return bytes;
	}
	const body = utf8(value);
	assert(body.length <= 0xffff);
	const bytes = new Uint8Array(3 + body.length + tail.length);
	bytes[0] = TEXT;
	new DataView(bytes.buffer).setUint16(1, body.length);
	bytes.set(body, 3);
	bytes.set(tail, 3 + body.length);
	return bytes;
};

const float = new DataView(new ArrayBuffer(8));

/** The path of nearly every reading: no more than one allocation for a unit in ASCII. */
const encodeNumber = (value: number, unit: string): Uint8Array => {
	float.setFloat64(0, value);
	const bytes = new Uint8Array(9 + unit.length);
	bytes[0] = NUMBER;
	for (let i = 0; i < 8; i++) bytes[1 + i] = float.getUint8(i);
	for (let i = 0; i < unit.length; i++) {
		const letter = unit.charCodeAt(i);
		if (letter > 0x7f) return Uint8Array.of(...bytes.subarray(0, 9), ...encoder.encode(unit));
		bytes[9 + i] = letter;
	}
	return bytes;
};

/** UTF-8; the loop spares the encoder's set-up for the few ASCII letters of a unit, on every reading's path. */
const utf8 = (text: string): Uint8Array => {
	if (text.length > 32) return encoder.encode(text);
	const bytes = new Uint8Array(text.length);
	for (let i = 0; i < text.length; i++) {
		const unit = text.charCodeAt(i);
		if (unit > 0x7f) return encoder.encode(text);
		bytes[i] = unit;
	}
	return bytes;
};

/** Reads canonical bytes. Throws `Problem('store-failed')` when they are not. */
export const decodeRecord = (bytes: Uint8Array): KeptRecord => {
	const first = bytes[0] ?? 0;
	try {
		const record = readRecord(bytes);
		return (first & doubtBits) === 0 ? record : { ...record, doubt: doubtsOf(first) };
	} catch (cause) {
		throw new Problem('store-failed', 'a stored record cannot be read; verify the ledger and restore a backup', {
			cause,
		});
	}
};

const readRecord = (bytes: Uint8Array): KeptRecord => {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const kind = (bytes[0] ?? 0) & ~doubtBits;
	if (kind === NUMBER && bytes.length >= 9) {
		return { value: view.getFloat64(1), unit: decoder.decode(bytes.subarray(9)) };
	}
	if (kind === FALSE || kind === TRUE) {
		return { value: kind === TRUE, unit: decoder.decode(bytes.subarray(1)) };
	}
	if (kind === TEXT && bytes.length >= 3) {
		const end = 3 + view.getUint16(1);
		if (end <= bytes.length) {
			return { value: decoder.decode(bytes.subarray(3, end)), unit: decoder.decode(bytes.subarray(end)) };
		}
	}
	throw new RangeError('no kind, or cut short');
};

/** Whether two records' canonical bytes mean the same; what is doubtful about them is no part of that. */
export const sameRecord = (a: Uint8Array, b: Uint8Array): boolean => {
	if (a.length !== b.length) return false;
	if (((a[0] ?? 0) & ~doubtBits) !== ((b[0] ?? 0) & ~doubtBits)) return false;
	for (let i = 1; i < a.length; i++) if (a[i] !== b[i]) return false;
	return true;
};
