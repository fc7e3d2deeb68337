import { Problem } from '../problem/problem.ts';
import { type Bytes, bytes } from '../units/bytes.ts';
import { extensionValue } from './authority-key.ts';
import { derChildren, requireDer } from './der.ts';
import { derContents, derTrue, readDerOid, readDerSerial } from './der-types.ts';

/** One for a single certificate with the longest nonce has 260 bytes. */
export const OCSP_REQUEST_LIMIT: Bytes = bytes(4096);

/** Tags of a TBSRequest's fields, in their order. */
const FIELDS: readonly number[] = [0xa0, 0xa1, 0x30, 0xa2];
/** Certificates of one request: RFC 5019 §2.1.1 has clients ask for one, and a whole chain is shorter. */
const OCSP_CERTIFICATES_LIMIT = 8;

/** OID of the Nonce extension (RFC 9654 §2.1). */
export const OCSP_NONCE = '1.3.6.1.5.5.7.48.1.2';

/** How a certificate is named in OCSP (RFC 6960 §4.1.1). */
export interface CertId {
	/** As it came: an answer repeats it. */
	readonly der: Uint8Array;
	/** The hash that issuer name and key are given by; null for one that nobody here computes. */
	readonly hash: 'sha1' | 'sha256' | null;
	/** Of the issuer's DER Name. */
	readonly issuerName: Uint8Array;
	/** Of the issuer's public key: the BIT STRING's contents without the octet of unused bits. */
	readonly issuerKey: Uint8Array;
	/** As `IssuedCertificate.serial`. */
	readonly serial: string;
}

export interface OcspRequest {
	/** At least one. */
	readonly certificates: readonly CertId[];
	/** 1 to 128 octets (RFC 9654 §2.1); null when the request has none. */
	readonly nonce: Uint8Array | null;
}

const hashes: Readonly<Record<string, 'sha1' | 'sha256'>> = {
	'1.3.14.3.2.26': 'sha1',
	'2.16.840.1.101.3.4.2.1': 'sha256',
};

/**
 * Reads a DER OCSPRequest (RFC 6960 §4.1.1). Who asks, and a signature over it, are passed over: whether a certificate is
 * good is told to everybody. Throws `Problem('request-malformed')`, which is answered by `malformedRequest`.
 */
export const parseOcspRequest = (der: Uint8Array): OcspRequest => {
	requireDer(der, OCSP_REQUEST_LIMIT, 'request-malformed');
	const [toBeSigned, signature, ...more] = parts(der, 0x30);
	if (toBeSigned === undefined || more.length > 0 || (signature !== undefined && signature[0] !== 0xa0)) {
		throw malformed('not a sequence of request and signature');
	}
	const fields = parts(toBeSigned, 0x30);
	const list = fields.find((field) => field[0] === 0x30);
	const places = fields.map((field) => FIELDS.indexOf(field[0] ?? 0));
	// Each once and in its place: of two lists or two nonces another reader might answer the other.
	if (list === undefined || places.some((place, index) => place <= (places[index - 1] ?? -1))) {
		throw malformed('not version, name, one list of requests and extensions, each once and in this order');
	}
	const version = fields.find((field) => field[0] === 0xa0);
	if (version !== undefined && Buffer.compare(version, Uint8Array.of(0xa0, 0x03, 0x02, 0x01, 0x00)) !== 0) {
		throw malformed('not of version 1');
	}
	const singles = derChildren(list);
	// CR 7.1: each costs a look-up, and nobody has to show who asks.
	if (singles.length > OCSP_CERTIFICATES_LIMIT)
		throw malformed(`more than ${OCSP_CERTIFICATES_LIMIT} certificates asked for`);
	const certificates = singles.map(readSingle);
	if (certificates.length === 0) throw malformed('an empty list of requests');
	const wrapped = fields.find((field) => field[0] === 0xa2);
	return { certificates, nonce: wrapped === undefined ? null : nonceOf(onlyChild(wrapped)) };
};

const readSingle = (der: Uint8Array): CertId => {
	const [id, extensions, ...more] = parts(der, 0x30);
	if (id === undefined || more.length > 0 || (extensions !== undefined && extensions[0] !== 0xa0)) {
		throw malformed('an invalid Request');
	}
	if (extensions !== undefined) refuseCritical(onlyChild(extensions));
	const [algorithm, issuerName, issuerKey, serial, ...rest] = parts(id, 0x30);
	const [oid] = algorithm === undefined ? [] : parts(algorithm, 0x30);
	if (
		oid?.[0] !== 0x06 ||
		issuerName?.[0] !== 0x04 ||
		issuerKey?.[0] !== 0x04 ||
		serial === undefined ||
		!isSerial(serial) ||
		rest.length > 0
	) {
		throw malformed('an invalid CertID');
	}
	return {
		der: id,
		hash: hashes[readDerOid(oid)] ?? null,
		issuerName: derContents(issuerName),
		issuerKey: derContents(issuerKey),
		serial: readDerSerial(serial),
	};
};

/**
 * A positive INTEGER in its one form (X.690 §8.3.2, RFC 5280 §4.1.2.2): an answer repeats it, signed, and must not speak of
 * one certificate by the number of another.
 */
const isSerial = (der: Uint8Array): boolean => {
	const [first, second = 0] = derContents(der);
	return der[0] === 0x02 && first !== undefined && first < 0x80 && (first > 0 || der.length === 3 || second >= 0x80);
};

const nonceOf = (extensions: Uint8Array): Uint8Array | null => {
	refuseCritical(extensions);
	const value = extensionValue(extensions, OCSP_NONCE);
	if (value === null) return null;
	requireDer(value, OCSP_REQUEST_LIMIT, 'request-malformed');
	const nonce = derContents(value);
	// RFC 9654 §2.1: others must be refused; a signature over megabytes of a stranger's choice is not to be had here.
	if (value[0] !== 0x04 || nonce.length < 1 || nonce.length > 128) throw malformed('a nonce not of 1 to 128 octets');
	return nonce;
};

/** RFC 6960 §4.4: what is critical and not understood must not be passed over. */
const refuseCritical = (extensions: Uint8Array): void => {
	const seen = new Set<string>();
	for (const extension of parts(extensions, 0x30)) {
		const [oid, ...rest] = parts(extension, 0x30);
		const value = rest.pop();
		const [critical, ...more] = rest;
		if (oid?.[0] !== 0x06 || value?.[0] !== 0x04 || more.length > 0) throw malformed('an invalid extension');
		// DER (X.690 §11.1, §11.5): true is 0xff, and false, the default, is left out.
		if (critical !== undefined && Buffer.compare(critical, derTrue) !== 0) throw malformed('an invalid extension');
		const name = readDerOid(oid);
		// RFC 5280 §4.2: each extension once.
		if (seen.has(name)) throw malformed(`the extension ${name} twice`);
		seen.add(name);
		if (critical !== undefined && name !== OCSP_NONCE) throw malformed('a critical extension that is not known here');
	}
};

const parts = (der: Uint8Array, tag: number): Uint8Array[] => {
	if (der[0] !== tag) throw malformed('another type than is expected');
	return derChildren(der);
};

const onlyChild = (wrapped: Uint8Array): Uint8Array => {
	const [child, ...more] = derChildren(wrapped);
	if (child === undefined || more.length > 0) throw malformed('an explicit tag around none or several');
	return child;
};

const malformed = (what: string): Problem =>
	new Problem('request-malformed', `This is not an OCSPRequest in DER (RFC 6960): ${what}.`);
