import { hash } from 'node:crypto';
import { derChildren, requireDer } from '../format/der.ts';
import { derContents, readDerOid } from '../format/der-types.ts';
import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import { bytes } from '../units/bytes.ts';
import { nameKey } from './name.ts';
import { readValidity } from './validity.ts';

const CERTIFICATE_LIMIT = bytes(65_536);

/** A certificate as path validation reads it (RFC 5280 §4.1), strictly: what has two readings is malformed. */
export interface PathCertificate {
	readonly der: Uint8Array;
	/** The signed part, DER: its hash stays the same when somebody rewrites the signature. */
	readonly toBeSigned: Uint8Array;
	readonly signature: Uint8Array;
	/** AlgorithmIdentifier, DER. */
	readonly algorithm: Uint8Array;
	/** INTEGER's contents, lower-case hex. */
	readonly serial: string;
	/** Names, DER. */
	readonly issuer: Uint8Array;
	readonly subject: Uint8Array;
	readonly notBefore: Instant;
	readonly notAfter: Instant;
	/** SubjectPublicKeyInfo, DER. */
	readonly publicKey: Uint8Array;
	/** By OID; `value` is the DER inside the OCTET STRING. */
	readonly extensions: ReadonlyMap<string, PathExtension>;
}

export interface PathExtension {
	readonly critical: boolean;
	readonly value: Uint8Array;
}

const V3 = Buffer.from('a003020102', 'hex');

/** Throws `Problem('certificate-malformed')`. */
export const readPathCertificate = (der: Uint8Array): PathCertificate => {
	requireDer(der, CERTIFICATE_LIMIT, 'certificate-malformed');
	const [toBeSigned, algorithm, bits, ...rest] = parts(der, 0x30);
	if (toBeSigned === undefined || algorithm === undefined || bits === undefined || rest.length > 0)
		throw malformed('it is no SEQUENCE of three');
	const [version, serial, inner, issuer, validity, subject, publicKey, ...more] = parts(toBeSigned, 0x30);
	if (publicKey === undefined || serial?.[0] !== 0x02 || !issuer || !validity || !subject || !inner)
		throw malformed('a field is missing');
	// RFC 5280 §4.1.2.1: without version 3 there are no extensions, and nothing says that a subject is no CA.
	if (version === undefined || Buffer.compare(version, V3) !== 0) throw malformed('its version is not 3');
	// RFC 5280 §4.1.1.2: an algorithm outside the signature that differs from the one under it was put there by somebody.
	if (Buffer.compare(inner, algorithm) !== 0) throw malformed('it names two signature algorithms');
	// RFC 5280 §4.1.2.8: unique identifiers may stand before the extensions.
	const last = more.at(-1);
	const extensions = last?.[0] === 0xa3 ? last : undefined;
	if (more.some((one) => one !== extensions && one[0] !== 0x81 && one[0] !== 0x82) || more.length > 3)
		throw malformed('it has a field that no certificate has');
	const signature = contents(bits, 0x03);
	if (signature[0] !== 0) throw malformed('its signature is not of whole octets');
	return {
		der,
		toBeSigned,
		algorithm,
		signature: signature.subarray(1),
		serial: Buffer.from(derContents(serial)).toString('hex'),
		issuer,
		subject,
		...readValidity(validity),
		publicKey,
		extensions: extensions === undefined ? new Map() : readExtensions(extensions),
	};
};

const readExtensions = (tagged: Uint8Array): Map<string, PathExtension> => {
	const found = new Map<string, PathExtension>();
	const [list, ...others] = parts(tagged, 0xa3);
	if (list === undefined || others.length > 0) throw malformed('its extensions are no list');
	for (const extension of parts(list, 0x30)) {
		const [identifier, ...rest] = parts(extension, 0x30);
		contents(identifier, 0x06);
		const critical = rest[0]?.[0] === 0x01 ? contents(rest[0], 0x01) : null;
		const value = contents(rest[critical === null ? 0 : 1], 0x04);
		if (rest.length !== (critical === null ? 1 : 2)) throw malformed('an extension has more than it may');
		const oid = readDerOid(identifier ?? new Uint8Array());
		// RFC 5280 §4.2: of two extensions of one kind one reader takes the first and another the last.
		if (found.has(oid)) throw malformed(`it has the extension ${oid} twice`);
		found.set(oid, { critical: critical !== null && critical[0] !== 0, value });
	}
	return found;
};

/** How a certificate is known to the person who revokes it: by what its issuer signed, never by bytes that others can rewrite. */
export const identitiesOf = (certificate: Pick<PathCertificate, 'toBeSigned' | 'issuer' | 'serial'>): string[] => [
	`tbs:${hash('sha256', certificate.toBeSigned)}`,
	// RFC 5280 §4.1.2.2, §5.3: issuer and serial number name one certificate; the issuer however its name is spelt.
	`issued:${hash('sha256', nameKey(certificate.issuer))}:${certificate.serial.replace(/^(?:00)+(?=..)/, '')}`,
];

/** The values of a constructed value with this tag. */
export const parts = (der: Uint8Array | undefined, tag: number): Uint8Array[] => {
	contents(der, tag);
	return der === undefined ? [] : derChildren(der);
};

/** The contents of a value with this tag. Throws `Problem('certificate-malformed')` for another tag or none. */
export const contents = (der: Uint8Array | undefined, tag: number): Uint8Array => {
	if (der?.[0] !== tag) throw malformed('a value is of another type than it must be');
	return derContents(der);
};

/** The same of DER that stands alone, such as the inside of an extension. */
export const wholeParts = (der: Uint8Array, tag: number): Uint8Array[] => {
	requireDer(der, CERTIFICATE_LIMIT, 'certificate-malformed');
	return parts(der, tag);
};

export const malformed = (what: string): Problem =>
	new Problem('certificate-malformed', `This is not a certificate by RFC 5280: ${what}.`);
