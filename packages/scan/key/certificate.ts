import { hash, X509Certificate } from 'node:crypto';
import type { CertificateFacts } from '@keyward/core/keycheck';
import { childrenOf, contentsOf, type DerValue, headerAndContents, oidOf, readValue, stringOf } from './der.ts';
import { alternativeNames, serialNumberOf } from './alternative-names.ts';
import { commonNameOf, nameText, shortName } from './distinguished-name.ts';
import { type Signed, signedIn } from './signed.ts';
import { timeOf } from './time.ts';

/** What a scan takes out of a certificate, by slicing: odd and wrong ones are what it looks for. */
export interface ScannedCertificate extends Signed {
	/** Null when the dates or extensions cannot be read; the key still counts. */
	readonly facts: CertificateFacts | null;
	/** SubjectPublicKeyInfo, DER. */
	readonly spki: Uint8Array;
	/** What to call the subject: its common name if it has one. */
	readonly subject: string;
	/** DER Names. */
	readonly subjectName: Uint8Array;
	readonly issuerName: Uint8Array;
	readonly mayIssue: boolean;
	/** Key identifiers in hex, for telling issuers of one name apart. */
	readonly subjectKeyId: string | null;
	readonly authorityKeyId: string | null;
}

/** A certificate (RFC 5280 §4.1) by the shape of its parts; null for what has another shape. Checks no trust. */
export const readCertificate = (der: Uint8Array): ScannedCertificate | null => {
	const signed = signedIn(der);
	if (signed === null) return null;
	const toBeSigned = readValue(signed.toBeSigned, 0, signed.toBeSigned.length);
	const parts = toBeSigned === null ? null : childrenOf(signed.toBeSigned, toBeSigned);
	if (parts === null) return null;
	if (parts[0]?.tag === 0xa0) parts.shift();
	const [serial, algorithm, issuer, validity, subject, key] = parts;
	if (serial?.tag !== 0x02 || algorithm?.tag !== 0x30 || issuer?.tag !== 0x30 || validity?.tag !== 0x30) return null;
	if (subject?.tag !== 0x30 || key?.tag !== 0x30) return null;
	const bytes = signed.toBeSigned;
	const names = { issuer: headerAndContents(bytes, issuer), subject: headerAndContents(bytes, subject) };
	const extensions = readExtensions(bytes, parts);
	const spki = headerAndContents(bytes, key);
	return {
		...signed,
		facts: factsOf(der, bytes, validity, names, extensions),
		spki,
		subject: shortName(names.subject),
		subjectName: names.subject,
		issuerName: names.issuer,
		mayIssue: extensions === null || extensions.isCa || !extensions.any,
		subjectKeyId: extensions?.subjectKeyId ?? null,
		authorityKeyId: extensions?.authorityKeyId ?? null,
	};
};

const factsOf = (
	der: Uint8Array,
	bytes: Uint8Array,
	validity: DerValue,
	names: { issuer: Uint8Array; subject: Uint8Array },
	extensions: Extensions | null,
): CertificateFacts | null => {
	const dates = childrenOf(bytes, validity);
	const [notBefore, notAfter] = [timeOf(bytes, dates?.[0]), timeOf(bytes, dates?.[1])];
	if (notBefore === undefined || notAfter === undefined || extensions === null) return null;
	const isDevice = looksLikeDevice(names.subject, extensions);
	const selfSigned = Buffer.compare(names.issuer, names.subject) === 0 && verifiesItself(der);
	return {
		fingerprint: new Uint8Array(hash('sha256', der, 'buffer')),
		subject: nameText(names.subject),
		names: [...extensions.names, ...serialNumberOf(names.subject)],
		issuer: nameText(names.issuer),
		notBefore: notBefore ?? 0,
		notAfter,
		// Roots of version 1 have no extension that says so (RFC 5280 §6.1.4 (k)).
		isCa: extensions.isCa || (selfSigned && !extensions.any && !isDevice && AUTHORITY.test(nameText(names.subject))),
		selfSigned,
		looksLikeDevice: isDevice,
	};
};

/** False only where the signature is found to be by another key: what OpenSSL cannot verify (MD5, odd keys) counts as its name says. */
const verifiesItself = (der: Uint8Array): boolean => {
	try {
		const certificate = new X509Certificate(der);
		return certificate.verify(certificate.publicKey);
	} catch {
		return true;
	}
};

interface Extensions {
	readonly any: boolean;
	readonly names: readonly string[];
	readonly isCa: boolean;
	readonly usages: readonly string[];
	readonly hardwareName: boolean;
	readonly subjectKeyId: string | null;
	readonly authorityKeyId: string | null;
}

/** DER of id-on-hardwareModuleName (RFC 4108 §5), by which IEEE 802.1AR names a part. */
const HARDWARE_MODULE_NAME = Buffer.from('06082b06010505070804', 'hex');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const readExtensions = (bytes: Uint8Array, parts: readonly DerValue[]): Extensions | null => {
	const found = { any: false, isCa: false, usages: [] as string[], names: [] as string[], hardwareName: false };
	const ids: { subjectKeyId: string | null; authorityKeyId: string | null } = {
		subjectKeyId: null,
		authorityKeyId: null,
	};
	const wrapper = parts.find(({ tag }) => tag === 0xa3);
	if (wrapper === undefined) return { ...found, ...ids };
	const [sequence] = childrenOf(bytes, wrapper) ?? [];
	const list = sequence === undefined ? null : childrenOf(bytes, sequence);
	if (list === null) return null;
	for (const item of list) {
		const fields = childrenOf(bytes, item) ?? [];
		const oid = oidOf(bytes, fields[0]);
		const value = stringOf(bytes, fields.at(-1));
		if (oid === null || value === null) return null;
		found.any = true;
		const outer = readValue(value, 0, value.length);
		const inner = outer === null || (outer.tag & 0x20) === 0 ? [] : (childrenOf(value, outer) ?? []);
		if (oid === '2.5.29.19') found.isCa = inner[0]?.tag === 0x01 && value[inner[0].contents] !== 0;
		if (oid === '2.5.29.37') found.usages.push(...inner.flatMap((usage) => oidOf(value, usage) ?? []));
		if (oid === '2.5.29.17') {
			found.hardwareName = Buffer.from(value).includes(HARDWARE_MODULE_NAME);
			found.names.push(...alternativeNames(value));
		}
		if (oid === '2.5.29.14' && outer?.tag === 0x04) ids.subjectKeyId = hex(contentsOf(value, outer));
		const [keyId] = inner;
		if (oid === '2.5.29.35' && keyId?.tag === 0x80) ids.authorityKeyId = hex(contentsOf(value, keyId));
	}
	return { ...found, ...ids };
};

const CLIENT = '1.3.6.1.5.5.7.3.2';
const SERVER = '1.3.6.1.5.5.7.3.1';
const AUTHORITY = /\b(ca|root|issuing|intermediate|authority|autorit|signing)\b|certificat(e|ion) auth/i;
const DEVICE =
	/\b(device|sensor|node|gateway|meter|probe|camera|router|modem|thing|unit|pump|plc|rtu|tracker|beacon)s?\b|^([0-9a-f]{2}[:-]?){6,8}$|^\d{14,16}$/i;

/** The number of a company, which authorities have as serialNumber (ETSI EN 319 412-1 §5.1.4, and Spain's older ones). */
const COMPANY = /^(?:[A-Z]{3}[A-Z]{2}-|[A-Z]\d{7}[\dA-Z]$)/;

/**
 * By its names and usages this is the certificate of a device: a serial number or hardware name (IEEE 802.1AR §8), TLS
 * client use without server use, or a common name as devices have. Names of authorities win over all of it.
 */
const looksLikeDevice = (subjectName: Uint8Array, { usages, hardwareName, isCa }: Extensions): boolean => {
	if (hardwareName) return true;
	const commonName = commonNameOf(subjectName);
	if (AUTHORITY.test(commonName.replaceAll('_', ' '))) return false;
	if (usages.includes(CLIENT) && !usages.includes(SERVER)) return true;
	return (
		DEVICE.test(commonName.replaceAll(/[_-](?=\D|\d+$)/g, ' ').trim()) ||
		serialNumberOf(subjectName).some((serial) => !isCa || !COMPANY.test(serial))
	);
};
