import {
	AccessDescription,
	AuthorityInfoAccessSyntax,
	AuthorityKeyIdentifier,
	BasicConstraints,
	CRLDistributionPoints,
	DistributionPoint,
	DistributionPointName,
	ExtendedKeyUsage,
	GeneralName,
	id_ad_caIssuers,
	id_ad_ocsp,
	id_ce_authorityKeyIdentifier,
	id_ce_basicConstraints,
	id_ce_cRLDistributionPoints,
	id_ce_extKeyUsage,
	id_ce_keyUsage,
	id_ce_subjectKeyIdentifier,
	id_kp_clientAuth,
	id_pe_authorityInfoAccess,
	KeyIdentifier,
	KeyUsage,
	KeyUsageFlags,
	SubjectKeyIdentifier,
} from '@peculiar/asn1-x509';
import type { CertificateContent, CertificateExtension, CertificateView } from '../format/certificate.ts';
import { type DistinguishedName, encodeName } from '../format/distinguished-name.ts';
import { keyThumbprint } from '../format/public-key.ts';
import type { Entropy } from '../port/entropy.ts';
import type { PrincipalName } from '../device/principal-name.ts';
import type { Instant } from '../units/instant.ts';
import { days, type Milliseconds, minutes } from '../units/milliseconds.ts';

/**
 * How far before the moment of issue a certificate begins: five minutes, and never more than a tenth of its life, because
 * anyone who checks it next may have a clock that is a little slow, and would take it for one of the future.
 */
export const backdating = (lifetime: Milliseconds): Milliseconds => Math.min(minutes(5), Math.floor(lifetime / 10));

/** When a certificate of this profile was issued: it begins before that. To the second. */
export const issuedAt = ({
	notBefore,
	notAfter,
}: {
	readonly notBefore: Instant;
	readonly notAfter: Instant;
}): Instant => notBefore + backdating(notAfter - notBefore);

/** Where the policy asks for no lifetime: the laxest that any level asks for. */
export const UNASKED_LIFETIME: Milliseconds = days(5 * 365);

/**
 * The names of a device or of a reader. A device's are an LDevID's (IEEE 802.1AR-2018 §8.6): they name it alone among all
 * that its issuer certifies, by serialNumber, and that is the site's own name for it. The manufacturer's serial number is no part
 * of them, nor is a hardwareModuleName (RFC 4108 §5) in a subjectAltName: no certificate says of the part what nobody has shown.
 */
export const principalSubject = ({ kind, application, id }: PrincipalName): DistinguishedName =>
	kind === 'device'
		? [
				['O', application],
				['CN', id],
				['serialNumber', id],
			]
		: [
				['O', application],
				['OU', 'readers'],
				['CN', id],
			];

/** 126 random bits, positive, 16 octets (RFC 5280 §4.1.2.2; against chosen-prefix collisions at least 64 bits are asked). */
export const randomSerial = (entropy: Entropy): Uint8Array => {
	const serial = Uint8Array.from(entropy.bytes(16));
	serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
	return serial;
};

export interface ValidityTerms {
	readonly now: Instant;
	readonly lifetime: Milliseconds;
	/** Where the issuer tells others which certificates are good; absent where it does not. */
	readonly status?: StatusAddresses;
}

/** `http:` URLs that a certificate carries (RFC 5280 §4.2.1.13, §4.2.2.1). */
export interface StatusAddresses {
	readonly crl: string;
	readonly ocsp: string;
	/** The issuer's own certificate, DER. */
	readonly issuer: string;
}

/**
 * The LDevID of a device, or a reader's certificate. Nothing of the request but its key is copied. It never outlives its
 * issuer nor begins before it: 9999-12-31 is for what a manufacturer gives (IEEE 802.1AR-2018 §8.5), this is the owner's to renew.
 */
export const principalCertificate = (
	name: PrincipalName,
	publicKey: Uint8Array,
	issuer: CertificateView,
	{ now, lifetime, status }: ValidityTerms,
	entropy: Entropy,
): CertificateContent => {
	const notBefore = wholeSeconds(now - backdating(lifetime));
	return {
		serial: randomSerial(entropy),
		issuer: issuer.subjectName,
		subject: encodeName(principalSubject(name)),
		notBefore: Math.max(notBefore, issuer.notBefore),
		notAfter: Math.min(notBefore + wholeSeconds(lifetime), issuer.notAfter),
		publicKey,
		extensions: [
			// RFC 5280 §4.2.1.9: a device must never pass for an authority.
			basicConstraints({ cA: false }),
			keyUsage(KeyUsageFlags.digitalSignature),
			// RFC 5280 §4.2.1.12: a device must never pass for the service.
			extendedKeyUsage(id_kp_clientAuth),
			subjectKey(publicKey),
			authorityKey(issuer.publicKey),
			...(status === undefined ? [] : statusExtensions(status)),
		],
	};
};

const uri = (uniformResourceIdentifier: string): GeneralName => new GeneralName({ uniformResourceIdentifier });

/** Plain http: whatever lies there is signed, and https would ask for the status of yet another certificate (RFC 5280 §8). */
const statusExtensions = ({ crl, ocsp, issuer }: StatusAddresses): CertificateExtension[] => [
	{
		oid: id_ce_cRLDistributionPoints,
		critical: false,
		value: new CRLDistributionPoints([
			new DistributionPoint({ distributionPoint: new DistributionPointName({ fullName: [uri(crl)] }) }),
		]),
	},
	{
		oid: id_pe_authorityInfoAccess,
		critical: false,
		value: new AuthorityInfoAccessSyntax([
			new AccessDescription({ accessMethod: id_ad_ocsp, accessLocation: uri(ocsp) }),
			new AccessDescription({ accessMethod: id_ad_caIssuers, accessLocation: uri(issuer) }),
		]),
	},
];

/** X.509 times have whole seconds. */
export const wholeSeconds = (time: number): number => Math.floor(time / 1000) * 1000;

export const basicConstraints = (value: { cA: boolean; pathLenConstraint?: number }): CertificateExtension => ({
	oid: id_ce_basicConstraints,
	critical: true,
	value: new BasicConstraints(value),
});

export const keyUsage = (flags: number): CertificateExtension => ({
	oid: id_ce_keyUsage,
	critical: true,
	value: new KeyUsage(flags),
});

export const extendedKeyUsage = (purpose: string): CertificateExtension => ({
	oid: id_ce_extKeyUsage,
	critical: false,
	value: new ExtendedKeyUsage([purpose]),
});

/** RFC 7093 §2 method 4: the hash of the SubjectPublicKeyInfo, here the very value by which registry and pins know a key. */
export const subjectKey = (spki: Uint8Array): CertificateExtension => ({
	oid: id_ce_subjectKeyIdentifier,
	critical: false,
	value: new SubjectKeyIdentifier(keyThumbprint(spki)),
});

export const authorityKey = (spki: Uint8Array): CertificateExtension => ({
	oid: id_ce_authorityKeyIdentifier,
	critical: false,
	value: new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(keyThumbprint(spki)) }),
});
