import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { Problem } from '../problem/problem.ts';

/** Bytes of every key here: AES-256. */
export const KEY_LENGTH = 32;
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;

/** What a data key is for: readings of one application that arrive in a span of time, or those of one of its devices. */
export interface DataKeyPurpose {
	readonly application: string;
	/** Null for a span's key. */
	readonly device: string | null;
	/** Days since 1970 (UTC) of a span's key; null for a device's. */
	readonly day: number | null;
}

const about = ({ application, device, day }: DataKeyPurpose): Buffer =>
	Buffer.from(JSON.stringify(['keyward/data-key', application, device, day]));

/**
 * A data key under a key-encryption key: AES-256-GCM, nonce ‖ ciphertext ‖ tag, bound to its purpose. The nonce is random: a site
 * makes far fewer than 2^32 data keys (NIST SP 800-38D §8.3).
 */
export const wrapDataKey = (
	keyEncryptionKey: Uint8Array,
	key: Uint8Array,
	purpose: DataKeyPurpose,
	nonce: Uint8Array,
): Uint8Array => {
	const cipher = createCipheriv('aes-256-gcm', keyEncryptionKey, nonce, { authTagLength: TAG_LENGTH });
	cipher.setAAD(about(purpose));
	return new Uint8Array(Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]));
};

/** Bytes of randomness that {@link wrapDataKey} needs. */
export const WRAP_NONCE = NONCE_LENGTH;

/** Throws `Problem('key-file')` for a key wrapped under another key, for another purpose, or changed. */
export const unwrapDataKey = (
	keyEncryptionKey: Uint8Array,
	wrapped: Uint8Array,
	purpose: DataKeyPurpose,
): Uint8Array => {
	try {
		const [nonce, body, tag] = [
			wrapped.subarray(0, NONCE_LENGTH),
			wrapped.subarray(NONCE_LENGTH, -TAG_LENGTH),
			wrapped.subarray(-TAG_LENGTH),
		];
		const cipher = createDecipheriv('aes-256-gcm', keyEncryptionKey, nonce, { authTagLength: TAG_LENGTH });
		cipher.setAAD(about(purpose)).setAuthTag(tag);
		const key = Buffer.concat([cipher.update(body), cipher.final()]);
		if (key.length === KEY_LENGTH) return new Uint8Array(key);
	} catch {
		// Said below; the cause may tell of key bytes.
	}
	throw new Problem(
		'key-file',
		'The readings of this site are encrypted under another key than the one that is here: restore database and key from one backup.',
	);
};

/**
 * The key of one device's records of one span (HKDF-SHA256, RFC 5869): both keys are needed to have it, so destroying either
 * destroys those records (NIST SP 800-88 §2.5, cryptographic erase).
 */
export const recordKeyOf = (span: Uint8Array, device: Uint8Array): KeyObject =>
	createSecretKey(
		Buffer.from(hkdfSync('sha256', Buffer.concat([span, device]), Buffer.alloc(0), 'keyward/record/1', KEY_LENGTH)),
	);
