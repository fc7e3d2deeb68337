import { readCertificate } from '../key/certificate.ts';
import type { Content } from '../content/content.ts';
import {
	childrenOf,
	contentsOf,
	type DerValue,
	headerAndContents,
	magnitudeOf,
	oidOf,
	readValue,
	smallOf,
	stringOf,
} from '../key/der.ts';
import { alternativeNames, serialNumberOf } from '../key/alternative-names.ts';
import { commonNameOf, shortName } from '../key/distinguished-name.ts';
import { isHeadOfText, publicOfPrivate } from '../key/private-key.ts';
import { ecdsaOf, signedIn } from '../key/signed.ts';
import { rsaSpki } from '../key/spki.ts';

/** What a DER value is by its structure alone. */
type Kind = 'certificate' | 'request' | 'private' | 'public' | 'rsa-public' | 'encrypted' | 'pkcs12';

const publicKeyTypes =
	/^(1\.2\.840\.113549\.1\.1\.(1|7|10)|1\.2\.840\.10045\.2\.1|1\.2\.840\.10040\.4\.1|1\.2\.840\.10046\.2\.1|1\.3\.101\.11[0-3]|1\.3\.132\.1\.12|2\.16\.840\.1\.101\.3\.4\.(3\.(1[7-9]|2\d|3[01])|4\.[1-3]))$/;

const kindOf = (bytes: Uint8Array, parts: readonly DerValue[], named: string): Kind | null => {
	const tags = parts.slice(0, 3).map(({ tag }) => tag);
	const [first, second] = parts;
	if (first === undefined || second === undefined) return null;
	if (tags[0] === 0x30 && tags[1] === 0x30 && tags[2] === 0x03 && parts.length === 3) {
		const fields = childrenOf(bytes, first) ?? [];
		if (fields[0]?.tag === 0x02 && fields[1]?.tag === 0x30 && fields[2]?.tag === 0x30 && fields[3]?.tag === 0xa0)
			return 'request';
		return 'certificate';
	}
	if (tags[0] === 0x30 && parts.length === 2) {
		const oid = oidOf(bytes, childrenOf(bytes, first)?.[0]);
		if (tags[1] === 0x03 && oid !== null && publicKeyTypes.test(oid)) return 'public';
		if (tags[1] === 0x04 && oid !== null && /^1\.2\.840\.113549\.1\.(5|12\.1)\./.test(oid)) return 'encrypted';
		return null;
	}
	if (tags[0] !== 0x02) return null;
	if (tags[1] === 0x30 && tags[2] !== 0x04 && smallOf(bytes, first) === 3) return 'pkcs12';
	if (parts.length === 2 && tags[1] === 0x02)
		return named === 'RSA PUBLIC KEY' || isRsaPublic(bytes, first, second) ? 'rsa-public' : null;
	return 'private';
};

/** Two integers are an RSA key and no ECDSA signature when the second is a small odd exponent and the first is long and odd. */
const isRsaPublic = (bytes: Uint8Array, modulus: DerValue, exponent: DerValue): boolean => {
	const [n, e] = [magnitudeOf(bytes, modulus), magnitudeOf(bytes, exponent)];
	if (n === null || e === null || n.length < 32 || e.length === 0 || e.length > 5) return false;
	return ((n.at(-1) ?? 0) & (e.at(-1) ?? 0) & 1) === 1;
};

/** Among other bytes, what only begins as an RSA key does not count: programs compress common heads by keeping one. */
const isReadable = (der: Uint8Array, [type, key]: readonly DerValue[]): boolean => {
	const oid = type === undefined ? null : oidOf(der, childrenOf(der, type)?.[0]);
	if (oid?.startsWith('1.2.840.113549.1.1.') !== true) return true;
	const inner = stringOf(der, key);
	const outer = inner === null ? null : readValue(inner, 0, inner.length);
	const numbers = inner === null || outer?.tag !== 0x30 ? [] : (childrenOf(inner, outer) ?? []);
	return numbers.length === 2 && numbers.every(({ tag }) => tag === 0x02);
};

/** What to call it before its name is known. */
export type Where = string;

/**
 * Gives one DER value to `content` if it is a certificate (RFC 5280), a request (RFC 2986), a public key (RFC 5280, 8017),
 * a private key (RFC 5958, 8017, 5915), or one of these under a password; false, and nothing, if it is not. `carved`:
 * found among other bytes, where only what needs no further proof counts. `named`: what the label of PEM says it is; two integers
 * that are said to be an RSA key are one with any exponent, which may be what is wrong with it.
 */
export const readDerObject = (
	der: Uint8Array,
	content: Content,
	where: Where,
	carved: boolean,
	named = '',
): boolean => {
	const outer = readValue(der, 0, der.length);
	const parts = outer?.tag === 0x30 ? childrenOf(der, outer) : null;
	const kind = parts === null ? null : kindOf(der, parts, named);
	if (parts === null || kind === null) return false;
	switch (kind) {
		case 'certificate': {
			const certificate = readCertificate(der);
			if (certificate === null) return false;
			content.certificate(`certificate ${certificate.subject}, ${where}`, certificate);
			return true;
		}
		case 'request':
			return readRequest(der, content, where);
		case 'public':
			if (carved && !isReadable(der, parts)) return false;
			content.key(`public key, ${where}`, der, false);
			return true;
		case 'rsa-public': {
			const [n, e] = [magnitudeOf(der, parts[0]), magnitudeOf(der, parts[1])];
			if (n === null || e === null) return false;
			content.key(`public key, ${where}`, rsaSpki(n, e), false);
			return true;
		}
		case 'private': {
			const spki = carved && isHeadOfText(der) ? null : publicOfPrivate(der);
			if (spki !== null) content.key(`private key, ${where}`, spki, true);
			return spki !== null;
		}
		case 'encrypted':
			if (!carved) content.locked({ kind: 'pkcs8', bytes: der, label: where });
			return !carved;
		case 'pkcs12':
			if (!carved) content.locked({ kind: 'pkcs12', bytes: der, label: where });
			return !carved;
	}
};

const readRequest = (der: Uint8Array, content: Content, where: Where): boolean => {
	const signed = signedIn(der);
	if (signed === null) return false;
	const info = readValue(signed.toBeSigned, 0, signed.toBeSigned.length);
	const [, subject, key, attributes] = (info === null ? null : childrenOf(signed.toBeSigned, info)) ?? [];
	if (subject === undefined || key === undefined) return false;
	const subjectName = headerAndContents(signed.toBeSigned, subject);
	const asked = attributes === undefined ? [] : requestedNames(signed.toBeSigned, attributes);
	const own = [...asked, ...serialNumberOf(subjectName)];
	const named = { names: own, subject: commonNameOf(subjectName) };
	const label = `request ${shortName(subjectName)}, ${where}`;
	content.request(label, named, headerAndContents(signed.toBeSigned, key), ecdsaOf(signed));
	return true;
};

const ALTERNATIVE_NAME = '2.5.29.17';

/** The alternative names that a request asks for. */
const requestedNames = (bytes: Uint8Array, attributes: DerValue): string[] => {
	const inside = (value: DerValue): DerValue[] => childrenOf(bytes, value) ?? [];
	// attributes → attribute → SET → Extensions → Extension
	const extensions = inside(attributes)
		.flatMap((attribute) => inside(attribute).slice(1))
		.flatMap(inside)
		.flatMap(inside);
	return extensions.flatMap((extension) => {
		const fields = inside(extension);
		const last = fields.at(-1);
		if (last?.tag !== 0x04 || oidOf(bytes, fields[0]) !== ALTERNATIVE_NAME) return [];
		return alternativeNames(contentsOf(bytes, last));
	});
};
