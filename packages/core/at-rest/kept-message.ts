import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { Problem } from '../problem/problem.ts';
import { KEY_LENGTH } from './data-key.ts';

const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;

/** Bytes of randomness that {@link encryptKept} needs. */
export const KEPT_NONCE = NONCE_LENGTH;

const keyOf = (deviceKey: Uint8Array): Buffer =>
	Buffer.from(hkdfSync('sha256', deviceKey, Buffer.alloc(0), 'keyward/kept/1', KEY_LENGTH));

/**
 * A will or a command as it lies in the store: u32(number of the device's key) ‖ nonce ‖ ciphertext ‖ tag, AES-256-GCM. They are few
 * beside readings, so that a random nonce does (NIST SP 800-38D §8.3: 2^32 under one key). `about` is what it stands for.
 */
export const encryptKept = (
	{ number, key }: { readonly number: number; readonly key: Uint8Array },
	about: string,
	payload: Uint8Array,
	nonce: Uint8Array,
): Uint8Array => {
	const cipher = createCipheriv('aes-256-gcm', keyOf(key), nonce, { authTagLength: TAG_LENGTH });
	cipher.setAAD(Buffer.from(about));
	const head = Buffer.alloc(4);
	head.writeUInt32BE(number);
	return new Uint8Array(Buffer.concat([head, nonce, cipher.update(payload), cipher.final(), cipher.getAuthTag()]));
};

/** Null when `keyNumbered` has no such key any more. Throws `Problem('store-failed')` for anything but what was kept. */
export const decryptKept = (
	bytes: Uint8Array,
	about: string,
	keyNumbered: (number: number) => Uint8Array | null,
): Uint8Array | null => {
	const broken = new Problem('store-failed', 'A kept will or command is not as it was stored: restore a backup.');
	if (bytes.length < 4 + NONCE_LENGTH + TAG_LENGTH) throw broken;
	const buffer = Buffer.from(bytes);
	const key = keyNumbered(buffer.readUInt32BE(0));
	if (key === null) return null;
	const nonce = buffer.subarray(4, 4 + NONCE_LENGTH);
	const cipher = createDecipheriv('aes-256-gcm', keyOf(key), nonce, { authTagLength: TAG_LENGTH });
	cipher.setAAD(Buffer.from(about)).setAuthTag(buffer.subarray(-TAG_LENGTH));
	try {
		return new Uint8Array(
			Buffer.concat([cipher.update(buffer.subarray(4 + NONCE_LENGTH, -TAG_LENGTH)), cipher.final()]),
		);
	} catch {
		throw broken;
	}
};
