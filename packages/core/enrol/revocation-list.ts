import { authorityKeyIdentifier } from '../format/authority-key.ts';
import type { CertificateView } from '../format/certificate.ts';
import type { CrlContent, CrlEntry } from '../format/crl.ts';
import type { CertificateStatus } from '../format/ocsp-response.ts';
import { keyThumbprint } from '../format/public-key.ts';
import type { IssuedCertificate, RevokedCertificate } from '../port/certificate-store.ts';
import type { Instant } from '../units/instant.ts';
import { hours, type Milliseconds, minutes } from '../units/milliseconds.ts';
import { wholeSeconds } from './certificate-profile.ts';

/** From thisUpdate to nextUpdate. A new list comes long before, and at once when something was revoked. */
export const CRL_LIFETIME: Milliseconds = hours(24);

/** How long an OCSP answer may be kept by anyone who got it without a nonce. */
export const OCSP_LIFETIME: Milliseconds = minutes(5);

/** A revoked certificate as a list of its issuer keeps it. */
export interface ListedCertificate extends CrlEntry {
	readonly notAfter: Instant;
	/** keyIdentifier of the CA that signed it, lower-case hex: a list speaks for one key of one CA alone. */
	readonly issuerKey: string;
}

/** Null for one that does not say by whom it is. */
export const listedCertificate = (certificate: RevokedCertificate): ListedCertificate | null => {
	const { serial, notAfter, der, revoked } = certificate;
	const issuerKey = authorityKeyIdentifier(der);
	return issuerKey === null
		? null
		: { serial, notAfter, issuerKey: hex(issuerKey), at: revoked.at, cause: revoked.cause };
};

/**
 * Whether a list made now still shows it. It stays for one whole lifetime of a list beyond its own end, so that nobody
 * who fetches at every nextUpdate misses it (RFC 5280 §3.3: until it was on one list issued after it had expired).
 */
export const isListed = ({ notAfter }: ListedCertificate, now: Instant): boolean => now < notAfter + CRL_LIFETIME;

/**
 * What a CA's list says now. `revoked` may be by any issuer; `number` is above that of every list of the CA before
 * (`NumberStore`).
 */
export const revocationList = (
	issuer: CertificateView,
	revoked: Iterable<ListedCertificate>,
	number: number,
	now: Instant,
): CrlContent => {
	const issuerKey = keyThumbprint(issuer.publicKey);
	const own = hex(issuerKey);
	const thisUpdate = wholeSeconds(now);
	return {
		issuer: issuer.subjectName,
		issuerKey,
		number,
		thisUpdate,
		nextUpdate: thisUpdate + CRL_LIFETIME,
		entries: Array.from(revoked).filter((entry) => entry.issuerKey === own && isListed(entry, now)),
	};
};

/** What OCSP says of a certificate that this CA is asked for (RFC 6960 §2.2); null: none of this serial was issued. */
export const certificateStatus = (
	certificate: IssuedCertificate | null,
	issuer: CertificateView,
): CertificateStatus => {
	const issuerKey = certificate === null ? null : authorityKeyIdentifier(certificate.der);
	// A serial that was never issued is unknown, not good: a certificate forged under it must not pass.
	if (certificate === null || issuerKey === null) return { status: 'unknown' };
	if (Buffer.compare(issuerKey, keyThumbprint(issuer.publicKey)) !== 0) return { status: 'unknown' };
	const { revoked } = certificate;
	return revoked === null ? { status: 'good' } : { status: 'revoked', at: revoked.at, cause: revoked.cause };
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
