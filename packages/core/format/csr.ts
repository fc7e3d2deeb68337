import { AsnConvert } from '@peculiar/asn1-schema';
import { CertificationRequest as AsnRequest, CertificationRequestInfo } from '@peculiar/asn1-csr';
import { Attribute, DirectoryString, Extensions, SubjectPublicKeyInfo } from '@peculiar/asn1-x509';
import type { Signer } from '../port/signer.ts';
import { Problem } from '../problem/problem.ts';
import { CSR_LIMIT } from './csr-limit.ts';
import { requireDer } from './der.ts';
import { type DistinguishedName, fromAsn, type NameAttribute, toAsn } from './distinguished-name.ts';
import { verifySignature } from './public-key.ts';
import { assembleSigned } from './signed.ts';

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';
const CHALLENGE_PASSWORD = '1.2.840.113549.1.9.7';

export interface CsrExtension {
	readonly oid: string;
	readonly critical: boolean;
	/** Contents of the OCTET STRING. */
	readonly value: Uint8Array;
}

/** A PKCS #10 request (RFC 2986) whose sender has shown to hold the private key. Everything else in it is only asked for. */
export interface CertificationRequest {
	/** SubjectPublicKeyInfo, DER. */
	readonly publicKey: Uint8Array;
	readonly subject: readonly NameAttribute[];
	/** What the extensionRequest attribute asks for (RFC 2985 §5.4.2); each OID once. */
	readonly extensions: readonly CsrExtension[];
	/** RFC 2985 §5.4.1; null when absent. */
	readonly challengePassword: string | null;
}

/**
 * Parses a DER request and verifies its signature, the proof of possession (RFC 2986 §4.2). Throws
 * `Problem('csr-malformed')` and `Problem('csr-signature')`; the latter also for SHA-1 and MD5 signatures and for keys
 * that Keyward never certifies.
 */
export const parseCsr = (der: Uint8Array): CertificationRequest => {
	requireDer(der, CSR_LIMIT, 'csr-malformed');
	const { parsed, request, publicKey } = readRequest(der);
	// RFC 2986 §4.2, proof of possession: without it anyone could have somebody else's public key certified in their name.
	if (
		!verifySignature(
			parsed.signatureAlgorithm.algorithm,
			publicKey,
			new Uint8Array(parsed.certificationRequestInfoRaw ?? new ArrayBuffer(0)),
			new Uint8Array(parsed.signature),
		)
	) {
		throw new Problem(
			'csr-signature',
			'The request is not signed by its own key with SHA-256 or better (P-256, P-384, Ed25519, or RSA from 2048 bits).',
		);
	}
	return request;
};

const readRequest = (der: Uint8Array): { parsed: AsnRequest; request: CertificationRequest; publicKey: Uint8Array } => {
	try {
		const parsed = AsnConvert.parse(der, AsnRequest);
		const info = parsed.certificationRequestInfo;
		if (info.version !== 0) throw new Error('version is not 0');
		const publicKey = new Uint8Array(AsnConvert.serialize(info.subjectPKInfo));
		const extensions = Array.from(
			single(info.attributes, EXTENSION_REQUEST, (value) => AsnConvert.parse(value, Extensions)) ?? [],
			(extension): CsrExtension => ({
				oid: extension.extnID,
				critical: extension.critical,
				value: new Uint8Array(extension.extnValue.buffer),
			}),
		);
		if (new Set(extensions.map(({ oid }) => oid)).size !== extensions.length)
			throw new Error('an extension asked for twice');
		const challenge = single(info.attributes, CHALLENGE_PASSWORD, (value) => AsnConvert.parse(value, DirectoryString));
		return {
			parsed,
			publicKey,
			request: {
				publicKey,
				subject: fromAsn(info.subject),
				extensions,
				challengePassword: challenge === null ? null : challenge.toString(),
			},
		};
	} catch (cause) {
		// The parser's own words may quote the input; they stay in `cause`.
		throw new Problem('csr-malformed', 'This is not a PKCS #10 certification request in DER (RFC 2986).', { cause });
	}
};

/** The one value of the attribute, or null when it is absent. Two of either would leave open which one was meant. */
const single = <Value>(
	attributes: Iterable<Attribute>,
	type: string,
	read: (value: ArrayBuffer) => Value,
): Value | null => {
	const found = Array.from(attributes).filter((attribute) => attribute.type === type);
	if (found.length === 0) return null;
	const value = found[0]?.values[0];
	if (found.length > 1 || found[0]?.values.length !== 1 || value === undefined)
		throw new Error('an attribute given twice');
	return read(value);
};

/** What a request of ours says beside its key. */
export interface CsrContent {
	readonly subject: DistinguishedName;
	readonly challengePassword?: string;
}

/** Makes a DER request for the signer's key. */
export const buildCsr = async (content: CsrContent, signer: Signer): Promise<Uint8Array> => {
	const info = new CertificationRequestInfo({
		subject: toAsn(content.subject),
		subjectPKInfo: AsnConvert.parse(signer.publicKey, SubjectPublicKeyInfo),
	});
	if (content.challengePassword !== undefined) {
		const value = AsnConvert.serialize(new DirectoryString({ utf8String: content.challengePassword }));
		info.attributes.push(new Attribute({ type: CHALLENGE_PASSWORD, values: [value] }));
	}
	const toBeSigned = new Uint8Array(AsnConvert.serialize(info));
	return assembleSigned(toBeSigned, signer.publicKey, await signer.sign(toBeSigned));
};
