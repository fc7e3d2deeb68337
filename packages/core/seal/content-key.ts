import { hash, hkdfSync } from 'node:crypto';

/** What readings of one epoch are sealed and opened with. Lives in memory only. */
export interface EpochKeys {
	readonly epoch: number;
	readonly epochHash: Uint8Array;
	/** A256GCM, 32 bytes. */
	readonly key: Uint8Array;
	/** 12 bytes; a reading's nonce is this with its number added by exclusive or (RFC 9052 §3.1, Partial IV). */
	readonly baseIv: Uint8Array;
}

export const contentKeyLength = 32;
const nothing = new Uint8Array();

/** Each use has its own key (NIST SP 800-57 Part 1 §5.2): the content key goes into HKDF (RFC 5869) and nowhere else. */
const derive = (contentKey: Uint8Array, use: string, length: number): Uint8Array =>
	new Uint8Array(hkdfSync('sha256', contentKey, nothing, use, length));

/**
 * What an epoch says of its content key, 32 bytes. AES-GCM does not commit to its key: without it, a device could make one epoch and
 * one reading that open to one thing for one reader and to another for the next.
 */
export const commitmentOf = (contentKey: Uint8Array): Uint8Array => derive(contentKey, 'keyward-commit', 32);

export const epochKeys = (contentKey: Uint8Array, epoch: number, epochHash: Uint8Array): EpochKeys => ({
	epoch,
	epochHash,
	key: derive(contentKey, 'keyward-key', 32),
	baseIv: derive(contentKey, 'keyward-iv', 12),
});

export const sha256 = (bytes: Uint8Array): Uint8Array => {
	const { buffer, byteOffset, length } = hash('sha256', bytes, 'buffer');
	return new Uint8Array(buffer, byteOffset, length);
};

/** The same, for hashes of which many are kept for a short time: they share buffers, where separate ones make work for the collector. */
export const sha256Shared = (bytes: Uint8Array): Uint8Array => {
	const { buffer, byteOffset, length } = Buffer.from(hash('sha256', bytes, 'hex'), 'hex');
	return new Uint8Array(buffer, byteOffset, length);
};
