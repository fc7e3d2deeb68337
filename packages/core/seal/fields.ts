import type { Cbor } from '../format/cose/cbor.ts';

// What fields of epochs and checkpoints may be, once they are CBOR.

export const isHash = (value: Cbor | undefined): value is Uint8Array =>
	value instanceof Uint8Array && value.length === 32;

export const isHashOrNull = (value: Cbor | undefined): value is Uint8Array | null => value === null || isHash(value);

/** A whole number from 0 up to, not including, `end`. */
export const isBelow = (value: Cbor | undefined, end: number): value is number =>
	typeof value === 'number' && value >= 0 && value < end;

/** Which boot of the device: 8 bytes (`bootMark`). */
export const isBoot = (value: Cbor | undefined): value is Uint8Array =>
	value instanceof Uint8Array && value.length === 8;

/** The fewest big-endian bytes, one at least. */
export const shortestBytes = (value: number): Uint8Array => {
	const hex = value.toString(16);
	return new Uint8Array(Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex'));
};

/** The number of such bytes; null where they are not the fewest, or more than six. */
export const numberOfBytes = (bytes: Uint8Array): number | null => {
	if (bytes.length === 0 || bytes.length > 6 || (bytes.length > 1 && bytes[0] === 0)) return null;
	return bytes.reduce((value, byte) => value * 256 + byte, 0);
};
