import { createHmac } from 'node:crypto';
import { derOfBer } from '../key/ber.ts';
import type { Content } from '../content/content.ts';
import {
	childrenOf,
	contentsOf,
	type DerValue,
	headerAndContents,
	oidOf,
	readValue,
	smallOf,
	stringOf,
} from '../key/der.ts';
import { readDerObject } from '../reader/der-object.ts';
import { decrypt, openPkcs8, Unsupported } from './password-encryption.ts';
import { pkcs12Key } from './pkcs12-key.ts';

const DATA = '1.2.840.113549.1.7.1';
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6';
const BAG = '1.2.840.113549.1.12.10.1.';

const hashes: Readonly<Record<string, string>> = {
	'1.3.14.3.2.26': 'sha1',
	'2.16.840.1.101.3.4.2.4': 'sha224',
	'2.16.840.1.101.3.4.2.1': 'sha256',
	'2.16.840.1.101.3.4.2.2': 'sha384',
	'2.16.840.1.101.3.4.2.3': 'sha512',
	'1.2.840.113549.2.5': 'md5',
};

const childOf = (bytes: Uint8Array, value: DerValue | undefined, index: number): DerValue | undefined =>
	value === undefined ? undefined : childrenOf(bytes, value)?.[index];

/**
 * Opens a PKCS#12 (RFC 7292, DER) and gives its certificates and keys to `content`; false when the password does not fit.
 * Throws `Unsupported` when nothing in it can be opened here; what can be is given before.
 */
export const openPkcs12 = (bytes: Uint8Array, password: string, content: Content, where: string): boolean => {
	const outer = readValue(bytes, 0, bytes.length);
	const authSafe = childOf(bytes, outer ?? undefined, 1);
	const wrapped = childOf(bytes, authSafe, 1);
	if (oidOf(bytes, childOf(bytes, authSafe, 0)) !== DATA)
		throw new Unsupported('it is protected by a public key, not by a password');
	const safe = stringOf(bytes, childOf(bytes, wrapped, 0));
	if (safe === null || outer === null) throw new Unsupported('it is malformed');
	const mac = macFits(bytes, childOf(bytes, outer, 2), safe, password);
	if (mac === false) return false;
	const list = readValue(safe, 0, safe.length);
	const parts = list === null ? null : childrenOf(safe, list);
	if (parts === null) throw new Unsupported('it is malformed');
	const reasons = new Set<string>();
	let opened = 0;
	for (const part of parts) {
		try {
			const bags = bagsOf(safe, part, password);
			if (bags === null) continue;
			opened++;
			readBags(bags, password, content, where, reasons);
		} catch (error) {
			if (!(error instanceof Unsupported)) throw error;
			reasons.add(error.message);
		}
	}
	for (const reason of reasons) content.problem(`a part of a PKCS#12 cannot be opened: ${reason}`, where);
	return opened > 0 || mac === true;
};

/** Whether the MAC is made with this password (RFC 7292 §4); null when there is none that can be checked. */
const macFits = (
	bytes: Uint8Array,
	macData: DerValue | undefined,
	safe: Uint8Array,
	password: string,
): boolean | null => {
	const digestInfo = childOf(bytes, macData, 0);
	const hashName = hashes[oidOf(bytes, childOf(bytes, childOf(bytes, digestInfo, 0), 0)) ?? ''];
	const expected = stringOf(bytes, childOf(bytes, digestInfo, 1));
	const salt = stringOf(bytes, childOf(bytes, macData, 1));
	const iterations = childOf(bytes, macData, 2);
	const rounds = iterations === undefined ? 1 : smallOf(bytes, iterations);
	if (hashName === undefined || expected === null || salt === null || rounds === null) return null;
	if (rounds > 5_000_000) throw new Unsupported(`it asks for ${rounds} rounds of hashing`);
	const key = pkcs12Key(password, salt, rounds, 'mac', expected.length, hashName);
	return createHmac(hashName, key).update(safe).digest().equals(expected);
};

/** SafeContents of one part: plain, or decrypted; null when the password does not fit. */
const bagsOf = (bytes: Uint8Array, part: DerValue, password: string): Uint8Array | null => {
	const type = oidOf(bytes, childOf(bytes, part, 0));
	const content = childOf(bytes, childOf(bytes, part, 1), 0);
	if (type === DATA) return stringOf(bytes, content);
	if (type !== ENCRYPTED_DATA) throw new Unsupported('it is protected by a public key');
	const info = childOf(bytes, content, 1);
	const algorithm = childOf(bytes, info, 1);
	const encrypted = childOf(bytes, info, 2);
	if (algorithm === undefined || encrypted === undefined) throw new Unsupported('it is malformed');
	// [0] IMPLICIT OCTET STRING, whole or in pieces.
	const pieces =
		(encrypted.tag & 0x20) === 0
			? [contentsOf(bytes, encrypted)]
			: (childrenOf(bytes, encrypted) ?? []).map((piece) => contentsOf(bytes, piece));
	return decrypt(headerAndContents(bytes, algorithm), Buffer.concat(pieces), password);
};

const readBags = (
	given: Uint8Array,
	password: string,
	content: Content,
	where: string,
	reasons: Set<string>,
	depth = 0,
): void => {
	const bags = given[1] === 0x80 ? derOfBer(given) : given;
	const list = bags === null ? null : readValue(bags, 0, bags.length);
	if (bags === null || list === null || depth > 4) return;
	for (const bag of childrenOf(bags, list) ?? []) {
		const type = oidOf(bags, childOf(bags, bag, 0)) ?? '';
		const value = childOf(bags, childOf(bags, bag, 1), 0);
		if (value === undefined || !type.startsWith(BAG)) continue;
		const inner = headerAndContents(bags, value);
		const kind = type.slice(BAG.length);
		if (kind === '1') readDerObject(inner, content, where, false);
		else if (kind === '2') {
			const key = openPkcs8(inner, password);
			if (key === null || !readDerObject(key, content, where, false))
				reasons.add('a key in it does not open with the password');
		} else if (kind === '3') {
			const certificate = stringOf(bags, childOf(bags, childOf(bags, value, 1), 0));
			if (certificate !== null) readDerObject(certificate, content, where, false);
		} else if (kind === '6') readBags(inner, password, content, where, reasons, depth + 1);
	}
};
