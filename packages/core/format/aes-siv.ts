import { createCipheriv, timingSafeEqual } from 'node:crypto';

// AEAD_AES_SIV_CMAC_256 (RFC 5297 §6.1): Node's OpenSSL has it and Node does not offer it. The AES is OpenSSL's.

const BLOCK = 16;
/** Half for the authenticator, half for the encryption. */
export const AES_SIV_KEY_LENGTH = 32;

/** AES-128 of one block under this half of the key. */
const encryptBlock = (key: Uint8Array, block: Uint8Array): Uint8Array => {
	const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
	return new Uint8Array(Buffer.concat([cipher.update(block), cipher.final()]));
};

/** Multiplication by x in GF(2^128) (RFC 5297 §2.3). */
const double = (block: Uint8Array): Uint8Array => {
	const out = new Uint8Array(BLOCK);
	for (let at = 0; at < BLOCK; at++) out[at] = ((block[at] ?? 0) << 1) | ((block[at + 1] ?? 0) >> 7);
	if ((block[0] ?? 0) >= 0x80) out[BLOCK - 1] = (out[BLOCK - 1] ?? 0) ^ 0x87;
	return out;
};

const xor = (one: Uint8Array, other: Uint8Array): Uint8Array => one.map((byte, at) => byte ^ (other[at] ?? 0));

/** A last block that is not whole (RFC 4493 §2.4): a one and noughts. */
const padded = (bytes: Uint8Array): Uint8Array => {
	const out = new Uint8Array(BLOCK);
	out.set(bytes);
	out[bytes.length] = 0x80;
	return out;
};

/** AES-CMAC (RFC 4493). */
const cmac = (key: Uint8Array, message: Uint8Array): Uint8Array => {
	const once = double(encryptBlock(key, new Uint8Array(BLOCK)));
	const start = message.length === 0 ? 0 : Math.floor((message.length - 1) / BLOCK) * BLOCK;
	const rest = message.subarray(start);
	const last = rest.length === BLOCK ? xor(rest, once) : xor(padded(rest), double(once));
	const cipher = createCipheriv('aes-128-cbc', key, new Uint8Array(BLOCK)).setAutoPadding(false);
	cipher.update(message.subarray(0, start));
	return new Uint8Array(cipher.update(last));
};

/** S2V (RFC 5297 §2.4): one authenticator over several strings, the last of which is the plaintext. */
const s2v = (key: Uint8Array, headers: readonly Uint8Array[], plaintext: Uint8Array): Uint8Array => {
	let sum = cmac(key, new Uint8Array(BLOCK));
	for (const header of headers) sum = xor(double(sum), cmac(key, header));
	if (plaintext.length < BLOCK) return cmac(key, xor(double(sum), padded(plaintext)));
	const end = plaintext.slice();
	end.set(xor(plaintext.subarray(-BLOCK), sum), plaintext.length - BLOCK);
	return cmac(key, end);
};

const counterMode = (key: Uint8Array, siv: Uint8Array, bytes: Uint8Array): Uint8Array => {
	const counter = siv.slice();
	counter[8] = (counter[8] ?? 0) & 0x7f;
	counter[12] = (counter[12] ?? 0) & 0x7f;
	return new Uint8Array(createCipheriv('aes-128-ctr', key, counter).update(bytes));
};

/** The synthetic IV, which authenticates, and the ciphertext. The nonce, where there is one, is the last of the headers. */
export const sealAesSiv = (key: Uint8Array, headers: readonly Uint8Array[], plaintext: Uint8Array): Uint8Array => {
	const half = AES_SIV_KEY_LENGTH / 2;
	const siv = s2v(key.subarray(0, half), headers, plaintext);
	return new Uint8Array(Buffer.concat([siv, counterMode(key.subarray(half), siv, plaintext)]));
};

/** The plaintext; null when it was not sealed under this key with these headers. */
export const openAesSiv = (key: Uint8Array, headers: readonly Uint8Array[], sealed: Uint8Array): Uint8Array | null => {
	if (sealed.length < BLOCK) return null;
	const half = AES_SIV_KEY_LENGTH / 2;
	const siv = sealed.subarray(0, BLOCK);
	const plaintext = counterMode(key.subarray(half), siv, sealed.subarray(BLOCK));
	return timingSafeEqual(siv, s2v(key.subarray(0, half), headers, plaintext)) ? plaintext : null;
};
