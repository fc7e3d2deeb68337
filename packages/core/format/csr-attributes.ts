import { encodeDer } from './der.ts';
import { derInteger, derOid, derSequence, derSet } from './der-types.ts';

const EC_PUBLIC_KEY = '1.2.840.10045.2.1';
const P256 = '1.2.840.10045.3.1.7';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const REQUEST_TEMPLATE = '1.2.840.113549.1.9.16.2.61';

/**
 * CsrAttrs of EST /csrattrs (RFC 7030 §4.5.2, RFC 8951 §3.5, RFC 9908): a P-256 key, which every level of key-strength
 * takes, a request signed with SHA-256, and no extension: the registrar sets them.
 *
 * Said twice, as RFC 9908 §4 allows: in the old unstructured form, and as a template, which alone counts for a client that
 * knows it. The template has no subject: the registrar knows the name. The challengePassword is not asked for, because
 * by RFC 7030 §3.5 it would ask for tls-unique, which TLS 1.3 does not have.
 */
export const encodeCsrAttributes = (): Uint8Array =>
	derSequence(
		derSequence(derOid(EC_PUBLIC_KEY), derSet(derOid(P256))),
		derOid(ECDSA_WITH_SHA256),
		derSequence(derOid(REQUEST_TEMPLATE), derSet(requestTemplate())),
	);

/** CertificationRequestInfoTemplate (RFC 9908 §3.4): version, [0] key without its value, [1] no attributes. */
const requestTemplate = (): Uint8Array =>
	derSequence(derInteger(0), encodeDer(0xa0, derSequence(derOid(EC_PUBLIC_KEY), derOid(P256))), encodeDer(0xa1));
