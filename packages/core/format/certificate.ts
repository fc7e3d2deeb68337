import { createPublicKey, hash, X509Certificate } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
	BasicConstraints,
	Certificate,
	ExtendedKeyUsage,
	Extension,
	Extensions,
	id_ce_basicConstraints,
	id_ce_extKeyUsage,
	id_ce_subjectKeyIdentifier,
	Name,
	SubjectKeyIdentifier,
	SubjectPublicKeyInfo,
	TBSCertificate,
	Validity,
	Version,
} from '@peculiar/asn1-x509';
import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import { type Bytes, bytes } from '../units/bytes.ts';
import { requireDer } from './der.ts';
import { fromAsn, type NameAttribute } from './distinguished-name.ts';
import { assembleSigned, signatureAlgorithmOf } from './signed.ts';

const CERTIFICATE_LIMIT: Bytes = bytes(65_536);

/** What a certificate will say (RFC 5280 §4.1.2). */
export interface CertificateContent {
	/** Positive, at most 20 octets, big-endian, the first octet below 0x80. */
	readonly serial: Uint8Array;
	/** DER Names. */
	readonly issuer: Uint8Array;
	readonly subject: Uint8Array;
	readonly notBefore: Instant;
	readonly notAfter: Instant;
	/** SubjectPublicKeyInfo, DER. */
	readonly publicKey: Uint8Array;
	readonly extensions: readonly CertificateExtension[];
}

export interface CertificateExtension {
	readonly oid: string;
	readonly critical: boolean;
	/** An asn1-x509 value, put into the OCTET STRING as DER; or the DER itself. */
	readonly value: object | Uint8Array;
}

/** The TBSCertificate as the issuer's key will sign it, DER. From here on no byte of it changes. */
export const freezeCertificate = (content: CertificateContent, issuerKey: Uint8Array): Uint8Array =>
	new Uint8Array(
		AsnConvert.serialize(
			new TBSCertificate({
				version: Version.v3,
				serialNumber: content.serial.slice().buffer,
				signature: signatureAlgorithmOf(issuerKey),
				issuer: AsnConvert.parse(content.issuer, Name),
				validity: new Validity({ notBefore: new Date(content.notBefore), notAfter: new Date(content.notAfter) }),
				subject: AsnConvert.parse(content.subject, Name),
				subjectPublicKeyInfo: AsnConvert.parse(content.publicKey, SubjectPublicKeyInfo),
				extensions: new Extensions(
					content.extensions.map(
						({ oid, critical, value }) =>
							new Extension({
								extnID: oid,
								critical,
								extnValue: new OctetString(value instanceof Uint8Array ? value : AsnConvert.serialize(value)),
							}),
					),
				),
			}),
		),
	);

/**
 * The certificate of frozen bytes and their signature, DER. Throws `Problem('certificate-malformed')` when the signature
 * is not by the issuer's key: a faulty or foreign signer must not get a bad certificate out, nor leak its key by one.
 */
export const assembleCertificate = (
	toBeSigned: Uint8Array,
	issuerKey: Uint8Array,
	signature: Uint8Array,
): Uint8Array => {
	const der = assembleSigned(toBeSigned, issuerKey, signature);
	const issuer = createPublicKey({ key: Buffer.from(issuerKey), format: 'der', type: 'spki' });
	if (!new X509Certificate(der).verify(issuer)) {
		throw new Problem('certificate-malformed', 'The signature over the new certificate is not by its issuer.');
	}
	return der;
};

/** What Keyward reads out of a certificate. */
export interface CertificateView {
	readonly der: Uint8Array;
	/** SHA-256 of the DER. */
	readonly fingerprint: Uint8Array;
	/** Lower-case hex, as `Intent.serial` and `IssuedCertificate.serial`. */
	readonly serial: string;
	readonly subject: readonly NameAttribute[];
	/** DER Names. */
	readonly subjectName: Uint8Array;
	readonly issuerName: Uint8Array;
	/** SubjectPublicKeyInfo, DER. */
	readonly publicKey: Uint8Array;
	readonly notBefore: Instant;
	readonly notAfter: Instant;
	readonly isAuthority: boolean;
	/** OIDs; empty when the extension is absent. */
	readonly extendedKeyUsage: readonly string[];
	readonly keyIdentifier: Uint8Array | null;
}

/** Throws `Problem('certificate-malformed')`. Trusts nothing: use {@link isIssuedBy} with an authority that is trusted. */
export const readCertificate = (der: Uint8Array): CertificateView => {
	requireDer(der, CERTIFICATE_LIMIT, 'certificate-malformed');
	try {
		const { tbsCertificate } = AsnConvert.parse(der, Certificate);
		return { der, fingerprint: new Uint8Array(hash('sha256', der, 'buffer')), ...readTbs(tbsCertificate) };
	} catch (cause) {
		throw new Problem('certificate-malformed', 'This is not an X.509 certificate in DER (RFC 5280).', { cause });
	}
};

/** The same of a TBSCertificate, DER. Throws `Problem('certificate-malformed')`. */
export const readToBeSigned = (der: Uint8Array): Omit<CertificateView, 'der' | 'fingerprint'> => {
	requireDer(der, CERTIFICATE_LIMIT, 'certificate-malformed');
	try {
		return readTbs(AsnConvert.parse(der, TBSCertificate));
	} catch (cause) {
		throw new Problem('certificate-malformed', 'This is not a TBSCertificate in DER (RFC 5280).', { cause });
	}
};

/**
 * True when the certificate names this authority as issuer and bears its signature (RFC 5280 §6.1.3 a(1), a(4)), and the
 * authority is a CA. False also for what is no certificate.
 */
export const isIssuedBy = (der: Uint8Array, authority: Uint8Array): boolean => {
	try {
		const issuer = new X509Certificate(authority);
		const certificate = new X509Certificate(der);
		return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
	} catch {
		return false;
	}
};

const readTbs = (tbs: TBSCertificate): Omit<CertificateView, 'der' | 'fingerprint'> => {
	const extension = (oid: string): ArrayBuffer | null =>
		tbs.extensions?.find(({ extnID }) => extnID === oid)?.extnValue.buffer ?? null;
	const constraints = extension(id_ce_basicConstraints);
	const usage = extension(id_ce_extKeyUsage);
	const identifier = extension(id_ce_subjectKeyIdentifier);
	return {
		serial: Buffer.from(tbs.serialNumber).toString('hex'),
		subject: fromAsn(tbs.subject),
		subjectName: new Uint8Array(AsnConvert.serialize(tbs.subject)),
		issuerName: new Uint8Array(AsnConvert.serialize(tbs.issuer)),
		publicKey: new Uint8Array(AsnConvert.serialize(tbs.subjectPublicKeyInfo)),
		notBefore: tbs.validity.notBefore.getTime().getTime(),
		notAfter: tbs.validity.notAfter.getTime().getTime(),
		isAuthority: constraints !== null && AsnConvert.parse(constraints, BasicConstraints).cA,
		extendedKeyUsage: usage === null ? [] : Array.from(AsnConvert.parse(usage, ExtendedKeyUsage)),
		keyIdentifier:
			identifier === null ? null : new Uint8Array(AsnConvert.parse(identifier, SubjectKeyIdentifier).buffer),
	};
};
