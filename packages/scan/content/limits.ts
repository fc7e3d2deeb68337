import { type Bytes, bytes } from '@keyward/core';

/** What a scan spends at most on one file, so that hostile ones end. Whatever was found before a limit is kept, and the limit is said. */
export interface Limits {
	/** A container that must be seen whole: PKCS#12, PKCS#7 in BER. */
	readonly whole: Bytes;
	/** Archives, compressed streams and file systems inside one another. */
	readonly depth: number;
	/** One of them may give this much whatever its ratio … */
	readonly memberFree: Bytes;
	/** … and beyond it at most this many bytes for each of its bytes (deflate reaches 1032). */
	readonly memberRatio: number;
	/** All that comes out of what is packed in one file. */
	readonly inflated: Bytes;
	/** DER that looked like a key and was none: values walked for each byte of the content, over a free million. */
	readonly walkedPerByte: number;
	/** Encrypted keys and containers in one file. */
	readonly locked: number;
}

const MIB = 1_048_576;

export const defaultLimits: Limits = {
	whole: bytes(4 * MIB),
	depth: 10,
	memberFree: bytes(64 * MIB),
	memberRatio: 250,
	inflated: bytes(16_384 * MIB),
	walkedPerByte: 4,
	locked: 256,
};
