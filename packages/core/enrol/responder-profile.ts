import { id_kp_OCSPSigning, KeyUsageFlags } from '@peculiar/asn1-x509';
import type { CertificateContent, CertificateView } from '../format/certificate.ts';
import { derNull } from '../format/der-types.ts';
import { encodeName } from '../format/distinguished-name.ts';
import { hours, type Milliseconds } from '../units/milliseconds.ts';
import type { AuthorityTerms } from './authority-profile.ts';
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

const OCSP_NO_CHECK = '1.3.6.1.5.5.7.48.1.5';

/** Nobody asks whether it was revoked, so it must be over soon. */
export const RESPONDER_LIFETIME: Milliseconds = hours(24);

/**
 * The certificate of a key that answers OCSP in the issuer's stead (RFC 6960 §4.2.2.2): for that alone, and without
 * a status. The issuing CA's key signs it once in half its life, and never what a stranger asks for.
 */
export const ocspResponderCertificate = (
	issuer: CertificateView,
	{ publicKey, now, entropy }: AuthorityTerms,
): CertificateContent => {
	const notBefore = wholeSeconds(now - backdating(RESPONDER_LIFETIME));
	return {
		serial: randomSerial(entropy),
		issuer: issuer.subjectName,
		subject: encodeName([['CN', 'Keyward OCSP responder']]),
		notBefore: Math.max(notBefore, issuer.notBefore),
		notAfter: Math.min(notBefore + RESPONDER_LIFETIME, issuer.notAfter),
		publicKey,
		extensions: [
			basicConstraints({ cA: false }),
			keyUsage(KeyUsageFlags.digitalSignature),
			extendedKeyUsage(id_kp_OCSPSigning),
			{ oid: OCSP_NO_CHECK, critical: false, value: derNull },
			subjectKey(publicKey),
			authorityKey(issuer.publicKey),
		],
	};
};
