import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { encodeCbor } from './cbor.ts';
import { algorithm } from './header.ts';

/** Key agreement with key wrap (RFC 9053 §6.4, table 20): the wrap's number, cipher and key length. */
const wraps: ReadonlyMap<number, { readonly wrap: number; readonly cipher: string; readonly keyLength: number }> =
	new Map([
		[algorithm['ECDH-ES+A128KW'], { wrap: -3, cipher: 'id-aes128-wrap', keyLength: 16 }],
		[algorithm['ECDH-ES+A192KW'], { wrap: -4, cipher: 'id-aes192-wrap', keyLength: 24 }],
		[algorithm['ECDH-ES+A256KW'], { wrap: -5, cipher: 'id-aes256-wrap', keyLength: 32 }],
	]);

/** The initial value of RFC 3394 §2.2.3.1. */
const INITIAL = Buffer.alloc(8, 0xa6);
const nothing = new Uint8Array();

/**
 * The key that wraps, of a shared secret: HKDF with SHA-256 over COSE_KDF_Context (RFC 9053 §5.1 and §5.2), which names the wrap
 * and covers the recipient's protected headers. No names of parties: they are in what the content cipher covers.
 */
export const wrappingKey = (agreement: number, secret: Uint8Array, protectedBytes: Uint8Array): Uint8Array => {
	const { wrap, keyLength } = wrapOf(agreement);
	const nobody = [null, null, null];
	const context = encodeCbor([wrap, nobody, nobody, [8 * keyLength, protectedBytes]]);
	return new Uint8Array(hkdfSync('sha256', secret, nothing, context, keyLength));
};

/** AES Key Wrap (RFC 3394). */
export const wrapKey = (agreement: number, wrapping: Uint8Array, key: Uint8Array): Uint8Array => {
	const cipher = createCipheriv(wrapOf(agreement).cipher, wrapping, INITIAL);
	return Buffer.concat([cipher.update(key), cipher.final()]);
};

/** The key; null where it was altered or is for somebody else. */
export const unwrapKey = (agreement: number, wrapping: Uint8Array, wrapped: Uint8Array): Uint8Array | null => {
	try {
		const cipher = createDecipheriv(wrapOf(agreement).cipher, wrapping, INITIAL);
		return Buffer.concat([cipher.update(wrapped), cipher.final()]);
	} catch {
		return null;
	}
};

const wrapOf = (agreement: number): { readonly wrap: number; readonly cipher: string; readonly keyLength: number } => {
	const found = wraps.get(agreement);
	if (found === undefined) throw new TypeError(`no agreement with key wrap: ${agreement}`);
	return found;
};
