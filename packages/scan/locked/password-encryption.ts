import { createDecipheriv, pbkdf2Sync, scryptSync } from 'node:crypto';
import { childrenOf, contentsOf, type DerValue, oidOf, readValue, smallOf, stringOf } from '../key/der.ts';
import { pkcs12Key } from './pkcs12-key.ts';
import { rc2Decrypt } from './rc2.ts';

/** Work that a file may ask for: more rounds than any tool writes, fewer than would stop a scan. */
const MOST_ROUNDS = 5_000_000;
const MOST_SCRYPT_MEMORY = 256 * 1_048_576;

/** Not a wrong password: something that no password opens here. */
export class Unsupported extends Error {}

/**
 * Decrypts by an AlgorithmIdentifier of PKCS#5 or PKCS#12 (RFC 8018 §6.2, RFC 7292 Appendix C); null when the password does
 * not fit. Throws `Unsupported` with the reason for a scheme that is not opened.
 */
export const decrypt = (algorithm: Uint8Array, encrypted: Uint8Array, password: string): Uint8Array | null => {
	const outer = readValue(algorithm, 0, algorithm.length);
	const [type, parameters] = (outer === null ? null : childrenOf(algorithm, outer)) ?? [];
	const oid = oidOf(algorithm, type);
	const fields = parameters === undefined ? [] : (childrenOf(algorithm, parameters) ?? []);
	if (oid === '1.2.840.113549.1.5.13') return byPbes2(algorithm, fields, encrypted, password);
	const legacy = oid === null ? undefined : legacySchemes[oid];
	const salt = stringOf(algorithm, fields[0]);
	const rounds = smallOf(algorithm, fields[1]);
	if (legacy === undefined || salt === null || rounds === null)
		throw new Unsupported(`it is encrypted by ${oid ?? 'nothing that is known'}`);
	checkRounds(rounds);
	const key = pkcs12Key(password, salt, rounds, 'key', legacy.length);
	const iv = pkcs12Key(password, salt, rounds, 'iv', 8);
	if (legacy.cipher === 'rc2') return rc2Decrypt(key, legacy.length * 8, iv, encrypted);
	return decipher('des-ede3-cbc', legacy.length === 16 ? Buffer.concat([key, key.subarray(0, 8)]) : key, iv, encrypted);
};

/** RFC 7292 Appendix C, with the key's length in bytes. */
const legacySchemes: Readonly<Record<string, { readonly cipher: 'des' | 'rc2'; readonly length: number }>> = {
	'1.2.840.113549.1.12.1.3': { cipher: 'des', length: 24 },
	'1.2.840.113549.1.12.1.4': { cipher: 'des', length: 16 },
	'1.2.840.113549.1.12.1.5': { cipher: 'rc2', length: 16 },
	'1.2.840.113549.1.12.1.6': { cipher: 'rc2', length: 5 },
};

const ciphers: Readonly<Record<string, { readonly name: string; readonly key: number }>> = {
	'2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', key: 16 },
	'2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', key: 24 },
	'2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', key: 32 },
	'1.2.840.113549.3.7': { name: 'des-ede3-cbc', key: 24 },
};

const hashes: Readonly<Record<string, string>> = {
	'1.2.840.113549.2.7': 'sha1',
	'1.2.840.113549.2.8': 'sha224',
	'1.2.840.113549.2.9': 'sha256',
	'1.2.840.113549.2.10': 'sha384',
	'1.2.840.113549.2.11': 'sha512',
};

const checkRounds = (rounds: number): void => {
	if (rounds < 1 || rounds > MOST_ROUNDS) throw new Unsupported(`it asks for ${rounds} rounds of hashing`);
};

const byPbes2 = (
	bytes: Uint8Array,
	fields: readonly DerValue[],
	encrypted: Uint8Array,
	password: string,
): Uint8Array | null => {
	const [derivation, scheme] = fields.map((field) => childrenOf(bytes, field) ?? []);
	const cipher = ciphers[oidOf(bytes, scheme?.[0]) ?? ''];
	const iv = stringOf(bytes, scheme?.[1]);
	if (cipher === undefined || iv === null)
		throw new Unsupported(`it is encrypted by ${oidOf(bytes, scheme?.[0]) ?? 'nothing that is known'}`);
	const parameters = derivation?.[1] === undefined ? [] : (childrenOf(bytes, derivation[1]) ?? []);
	const key = derive(bytes, oidOf(bytes, derivation?.[0]), parameters, cipher.key, password);
	return decipher(cipher.name, key, iv, encrypted);
};

const derive = (
	bytes: Uint8Array,
	oid: string | null,
	parameters: readonly DerValue[],
	length: number,
	password: string,
): Buffer => {
	const salt = stringOf(bytes, parameters[0]);
	const numbers = parameters.slice(1).flatMap((value) => smallOf(bytes, value) ?? []);
	if (salt !== null && oid === '1.2.840.113549.1.5.12') {
		const [rounds = 0] = numbers;
		checkRounds(rounds);
		const prf = parameters.find(({ tag }) => tag === 0x30);
		const name = prf === undefined ? 'sha1' : hashes[oidOf(bytes, childrenOf(bytes, prf)?.[0]) ?? ''];
		if (name !== undefined) return pbkdf2Sync(password, salt, rounds, length, name);
	}
	if (salt !== null && oid === '1.3.6.1.4.1.11591.4.11') {
		const [N = 0, r = 0, p = 0] = numbers;
		if (128 * N * r > MOST_SCRYPT_MEMORY || p > 16) throw new Unsupported('it asks for too much memory');
		return scryptSync(password, salt, length, { N, r, p, maxmem: MOST_SCRYPT_MEMORY * 2 });
	}
	throw new Unsupported(`its key is derived by ${oid ?? 'nothing that is known'}`);
};

const decipher = (name: string, key: Uint8Array, iv: Uint8Array, encrypted: Uint8Array): Uint8Array | null => {
	try {
		const cipher = createDecipheriv(name, key, iv);
		return new Uint8Array(Buffer.concat([cipher.update(encrypted), cipher.final()]));
	} catch {
		return null;
	}
};

/** EncryptedPrivateKeyInfo (RFC 5958 §3): the PrivateKeyInfo inside; null when the password does not fit. Throws `Unsupported`. */
export const openPkcs8 = (bytes: Uint8Array, password: string): Uint8Array | null => {
	const outer = readValue(bytes, 0, bytes.length);
	const [algorithm, data] = (outer === null ? null : childrenOf(bytes, outer)) ?? [];
	if (algorithm === undefined || data?.tag !== 0x04) throw new Unsupported('it is malformed');
	const opened = decrypt(bytes.subarray(algorithm.start, algorithm.end), contentsOf(bytes, data), password);
	// Padding fits a wrong password once in 256 times: what comes out must be a key.
	const inner = opened === null ? null : readValue(opened, 0, opened.length);
	return opened !== null && inner?.tag === 0x30 && inner.end === opened.length ? opened : null;
};
