import { type CipherGCMTypes, createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto';
import { type Cbor, encodeCbor, Tagged } from './cbor.ts';
import { algorithm, broken, coveredBytes, type Headers, readHeaders } from './header.ts';

/** COSE_Encrypt0 (RFC 9052 §5.2). */
export interface Encrypt0 {
	readonly headers: Headers;
	readonly ciphertext: Uint8Array;
}

/** One COSE_recipient (RFC 9052 §5.1), with no further recipients. */
export interface Recipient {
	readonly headers: Headers;
	readonly ciphertext: Uint8Array;
}

/** COSE_Encrypt (RFC 9052 §5.1). */
export interface Encrypt extends Encrypt0 {
	readonly recipients: readonly Recipient[];
}

const tags = { encrypt0: 16, encrypt: 96 } as const;
const nothing = new Uint8Array();
const TAG_LENGTH = 16;
const IV_LENGTH = 12;

const ciphers: ReadonlyMap<number, { readonly name: CipherGCMTypes; readonly keyLength: number }> = new Map([
	[algorithm.A128GCM, { name: 'aes-128-gcm', keyLength: 16 }],
	[algorithm.A192GCM, { name: 'aes-192-gcm', keyLength: 24 }],
	[algorithm.A256GCM, { name: 'aes-256-gcm', keyLength: 32 }],
]);

/** Reads a COSE_Encrypt0, without a tag unless `tagged`. Throws `Problem('seal-malformed')`. */
export const readEncrypt0 = (value: Cbor, tagged = false): Encrypt0 => {
	const [first, second, ciphertext] = parts(value, tagged ? tags.encrypt0 : null, 3);
	return { headers: readHeaders(first, second), ciphertext: ciphertextOf(ciphertext) };
};

/** Reads a COSE_Encrypt, without a tag unless `tagged`. Throws `Problem('seal-malformed')`. */
export const readEncrypt = (value: Cbor, tagged = false): Encrypt => {
	const [first, second, ciphertext, recipients] = parts(value, tagged ? tags.encrypt : null, 4);
	if (!Array.isArray(recipients) || recipients.length === 0) throw broken('a COSE_Encrypt has recipients');
	return {
		headers: readHeaders(first, second),
		ciphertext: ciphertextOf(ciphertext),
		recipients: (recipients as readonly Cbor[]).map((one) => {
			const [first, second, ciphertext] = parts(one, null, 3);
			return { headers: readHeaders(first, second), ciphertext: ciphertextOf(ciphertext) };
		}),
	};
};

const parts = (value: Cbor, tag: number | null, count: number): readonly Cbor[] => {
	const bare: Cbor = value instanceof Tagged && value.tag === tag ? value.value : tag === null ? value : null;
	if (!Array.isArray(bare) || bare.length !== count) throw broken(`an array of ${count} was expected here`);
	return bare as readonly Cbor[];
};

const ciphertextOf = (value: Cbor | undefined): Uint8Array => {
	if (!(value instanceof Uint8Array)) throw broken('its ciphertext is not in it');
	return value;
};

export const encrypt0Value = ({ headers, ciphertext }: Encrypt0): Cbor => [
	headers.protectedBytes,
	headers.unprotected,
	ciphertext,
];

export const encryptValue = (message: Encrypt): Cbor => [
	message.headers.protectedBytes,
	message.headers.unprotected,
	message.ciphertext,
	message.recipients.map(encrypt0Value),
];

/** What a content cipher covers beside the text: Enc_structure (RFC 9052 §5.3). */
export const encryptionContext = (
	context: 'Encrypt0' | 'Encrypt',
	headers: Headers,
	externalAad: Uint8Array = nothing,
): Uint8Array => encodeCbor([context, coveredBytes(headers), externalAad]);

/** The nonce of a message that sends its end alone: added to what both sides know by exclusive or (RFC 9052 §3.1, Partial IV). */
export const nonceOf = (baseIv: Uint8Array, partialIv: Uint8Array): Uint8Array => {
	const start = baseIv.length - partialIv.length;
	return baseIv.map((byte, i) => byte ^ (partialIv[i - start] ?? 0));
};

/** A key and a nonce of a content cipher, and what it covers beside the text. */
export interface ContentCipher {
	readonly algorithm: number;
	readonly key: Uint8Array;
	readonly iv: Uint8Array;
	readonly aad: Uint8Array;
}

/** AES-GCM (RFC 9053 §4.1): the ciphertext with its tag of 16 bytes. A bug where key or nonce are not of the algorithm's length. */
export const encryptContent = (plaintext: Uint8Array, { algorithm: alg, key, iv, aad }: ContentCipher): Uint8Array => {
	const cipher = ciphers.get(alg);
	if (cipher === undefined) throw new TypeError(`no content cipher: ${alg}`);
	// Node 24 finds out by an exception that bare bytes are no key object: 8 µs, three times the cipher.
	const stream = createCipheriv(cipher.name, createSecretKey(key), iv, { authTagLength: TAG_LENGTH }).setAAD(aad);
	return Buffer.concat([stream.update(plaintext), stream.final(), stream.getAuthTag()]);
};

/** The plaintext; null where it was altered, or made with another key, nonce, algorithm or context. */
export const decryptContent = (
	ciphertext: Uint8Array,
	{ algorithm: alg, key, iv, aad }: ContentCipher,
): Uint8Array | null => {
	const cipher = ciphers.get(alg);
	const end = ciphertext.length - TAG_LENGTH;
	if (cipher === undefined || key.length !== cipher.keyLength || iv.length !== IV_LENGTH || end < 0) return null;
	const stream = createDecipheriv(cipher.name, createSecretKey(key), iv, { authTagLength: TAG_LENGTH })
		.setAAD(aad)
		.setAuthTag(ciphertext.subarray(end));
	try {
		return Buffer.concat([stream.update(ciphertext.subarray(0, end)), stream.final()]);
	} catch {
		return null;
	}
};
