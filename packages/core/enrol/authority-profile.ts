import {
	GeneralName,
	id_ce_subjectAltName,
	id_kp_serverAuth,
	KeyUsageFlags,
	SubjectAlternativeName,
} from '@peculiar/asn1-x509';
import type { CertificateContent, CertificateView } from '../format/certificate.ts';
import { type DistinguishedName, encodeName } from '../format/distinguished-name.ts';
import { keyThumbprint } from '../format/public-key.ts';
import type { Entropy } from '../port/entropy.ts';
import type { Instant } from '../units/instant.ts';
import { days, type Milliseconds } from '../units/milliseconds.ts';
import {
	authorityKey,
	backdating,
	basicConstraints,
	extendedKeyUsage,
	keyUsage,
	randomSerial,
	subjectKey,
	wholeSeconds,
} from './certificate-profile.ts';

const ROOT_LIFETIME: Milliseconds = days(20 * 365);
const ISSUING_LIFETIME: Milliseconds = days(10 * 365);
const SERVICE_LIFETIME: Milliseconds = days(365);

/** What each of the profiles below needs beside the names. */
export interface AuthorityTerms {
	/** SubjectPublicKeyInfo of the key that is certified, DER. */
	readonly publicKey: Uint8Array;
	readonly now: Instant;
	readonly entropy: Entropy;
}

/**
 * How many authorities may stand below each root. One more than its chains have, so that a link certificate fits in when the
 * root is rolled over ({@link linkCertificate}).
 */
const SITE_ROOT_PATH = 2;
const SERVICE_PATH = 1;

/** The root that every device and reader chains to. Self-signed. */
export const siteRootCertificate = (terms: AuthorityTerms): CertificateContent =>
	root('Keyward site root', SITE_ROOT_PATH, terms);

/**
 * The root that devices and readers pin for the service. Apart from the site root, so that no certificate that a device
 * can ever get passes for the service's (service-authentication).
 */
export const serviceAuthorityCertificate = (terms: AuthorityTerms): CertificateContent =>
	root('Keyward service CA', SERVICE_PATH, terms);

/**
 * One root's key certified by another's, when a root is rolled over (RFC 4210 §4.4, RFC 7030 §4.1.3: NewWithOld, OldWithNew):
 * anyone who trusts the one learns the other from it. It ends with the sooner of both.
 */
export const linkCertificate = (
	subject: CertificateView,
	issuer: CertificateView,
	kind: 'site-root' | 'service-ca',
	{ now, entropy }: Omit<AuthorityTerms, 'publicKey'>,
): CertificateContent => ({
	serial: randomSerial(entropy),
	issuer: issuer.subjectName,
	subject: subject.subjectName,
	notBefore: Math.max(wholeSeconds(now - backdating(ROOT_LIFETIME)), subject.notBefore, issuer.notBefore),
	notAfter: Math.min(subject.notAfter, issuer.notAfter),
	publicKey: subject.publicKey,
	extensions: [
		basicConstraints({ cA: true, pathLenConstraint: (kind === 'site-root' ? SITE_ROOT_PATH : SERVICE_PATH) - 1 }),
		keyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign),
		subjectKey(subject.publicKey),
		authorityKey(issuer.publicKey),
	],
});

/**
 * The issuing CA of one application: end entities only. Without extendedKeyUsage: GnuTLS and others hold what a CA certifies to
 * the CA's purposes, and its OCSP responder (id-kp-OCSPSigning) would not count. What a device gets is for client authentication
 * alone, and no service is trusted by the site root, so nothing is opened by it.
 */
export const issuingAuthorityCertificate = (
	application: string,
	siteRoot: CertificateView,
	terms: AuthorityTerms,
): CertificateContent => ({
	...frame(siteRoot, distinct([['O', application]], 'Keyward issuing CA', terms.publicKey), ISSUING_LIFETIME, terms),
	extensions: [
		basicConstraints({ cA: true, pathLenConstraint: 0 }),
		keyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign),
		subjectKey(terms.publicKey),
		authorityKey(siteRoot.publicKey),
	],
});

/** What the service is reached by. */
export interface ServiceNames {
	readonly hosts: readonly string[];
	/** IPv4 and IPv6, as text. */
	readonly addresses: readonly string[];
}

/** The service's own TLS certificate (RFC 9525 §6.3: names in the SAN alone count). */
export const serviceCertificate = (
	{ hosts, addresses }: ServiceNames,
	serviceAuthority: CertificateView,
	terms: AuthorityTerms,
): CertificateContent => ({
	...frame(serviceAuthority, [['CN', 'Keyward service']], SERVICE_LIFETIME, terms),
	extensions: [
		basicConstraints({ cA: false }),
		keyUsage(KeyUsageFlags.digitalSignature),
		extendedKeyUsage(id_kp_serverAuth),
		{
			oid: id_ce_subjectAltName,
			critical: false,
			value: new SubjectAlternativeName([
				...hosts.map((dNSName) => new GeneralName({ dNSName })),
				...addresses.map((iPAddress) => new GeneralName({ iPAddress })),
			]),
		},
		subjectKey(terms.publicKey),
		authorityKey(serviceAuthority.publicKey),
	],
});

const root = (commonName: string, pathLength: number, terms: AuthorityTerms): CertificateContent => {
	const subject = distinct([], commonName, terms.publicKey);
	return {
		...frame(null, subject, ROOT_LIFETIME, terms),
		extensions: [
			basicConstraints({ cA: true, pathLenConstraint: pathLength }),
			keyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign),
			subjectKey(terms.publicKey),
		],
	};
};

/** A name that no authority with another key shares, so that nobody takes one for the other when building a chain. */
const distinct = (prefix: DistinguishedName, commonName: string, spki: Uint8Array): DistinguishedName => [
	...prefix,
	['CN', `${commonName} ${Buffer.from(keyThumbprint(spki)).toString('hex').slice(0, 12)}`],
];

const frame = (
	issuer: CertificateView | null,
	subject: DistinguishedName,
	lifetime: Milliseconds,
	{ publicKey, now, entropy }: AuthorityTerms,
): Omit<CertificateContent, 'extensions'> => {
	const notBefore = wholeSeconds(now - backdating(lifetime));
	return {
		serial: randomSerial(entropy),
		issuer: issuer?.subjectName ?? encodeName(subject),
		subject: encodeName(subject),
		notBefore: Math.max(notBefore, issuer?.notBefore ?? notBefore),
		notAfter: Math.min(notBefore + lifetime, issuer?.notAfter ?? Infinity),
		publicKey,
	};
};
