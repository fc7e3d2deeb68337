import { hash } from 'node:crypto';
import type { RevocationCause } from '../port/certificate-store.ts';
import type { Instant } from '../units/instant.ts';
import { reasonCode } from './crl.ts';
import { derChildren, encodeDer } from './der.ts';
import {
	derBits,
	derContents,
	derEnumerated,
	derExtension,
	derGeneralizedTime,
	derOctets,
	derOid,
	derSequence,
} from './der-types.ts';
import { OCSP_NONCE } from './ocsp-request.ts';
import { signatureAlgorithmDer } from './signed.ts';

const BASIC_RESPONSE = '1.3.6.1.5.5.7.48.1.1';

/** What is known of a certificate (RFC 6960 §2.2). */
export type CertificateStatus =
	| { readonly status: 'good' }
	| { readonly status: 'revoked'; readonly at: Instant; readonly cause: RevocationCause }
	| { readonly status: 'unknown' };

/** The answer for one certificate. */
export interface OcspAnswer {
	/** DER CertID as it was asked. */
	readonly id: Uint8Array;
	readonly certificate: CertificateStatus;
	readonly thisUpdate: Instant;
	readonly nextUpdate: Instant;
}

export interface OcspContent {
	readonly producedAt: Instant;
	readonly answers: readonly OcspAnswer[];
	/** The request's (RFC 9654 §2.1); null when it had none. */
	readonly nonce: Uint8Array | null;
}

/** The ResponseData as the responder's key will sign it, DER. `signerKey` is its SubjectPublicKeyInfo. */
export const freezeOcsp = ({ producedAt, answers, nonce }: OcspContent, signerKey: Uint8Array): Uint8Array =>
	derSequence(
		// ResponderID byKey (RFC 6960 §4.2.1): SHA-1 as a name, not as a proof.
		encodeDer(0xa2, derOctets(publicKeyHash('sha1', signerKey))),
		derGeneralizedTime(producedAt),
		derSequence(...answers.map(singleResponse)),
		...(nonce === null ? [] : [encodeDer(0xa1, derSequence(derExtension(OCSP_NONCE, derOctets(nonce))))]),
	);

const singleResponse = ({ id, certificate, thisUpdate, nextUpdate }: OcspAnswer): Uint8Array =>
	derSequence(
		id,
		certStatus(certificate),
		derGeneralizedTime(thisUpdate),
		encodeDer(0xa0, derGeneralizedTime(nextUpdate)),
	);

const certStatus = (certificate: CertificateStatus): Uint8Array => {
	if (certificate.status === 'good') return encodeDer(0x80);
	if (certificate.status === 'unknown') return encodeDer(0x82);
	const code = reasonCode(certificate.cause);
	const reason = code === null ? [] : [encodeDer(0xa0, derEnumerated(code))];
	return encodeDer(0xa1, derGeneralizedTime(certificate.at), ...reason);
};

/** A successful OCSPResponse, DER, with the certificate of the key that signed it (RFC 6960 §4.2.2.2). */
export const assembleOcsp = (
	responseData: Uint8Array,
	signerKey: Uint8Array,
	signature: Uint8Array,
	certificate: Uint8Array,
): Uint8Array => {
	const basic = derSequence(
		responseData,
		signatureAlgorithmDer(signerKey),
		derBits(signature),
		encodeDer(0xa0, derSequence(certificate)),
	);
	return derSequence(derEnumerated(0), encodeDer(0xa0, derSequence(derOid(BASIC_RESPONSE), derOctets(basic))));
};

/** OCSPResponseStatus other than successful (RFC 6960 §4.2.1). */
const failures = { malformedRequest: 1, internalError: 2, tryLater: 3, unauthorized: 6 } as const;

/** An OCSPResponse that says only why there is no answer, DER. Not signed (RFC 6960 §2.3). */
export const ocspFailure = (status: keyof typeof failures): Uint8Array => derSequence(derEnumerated(failures[status]));

/** KeyHash of RFC 6960 §4.1.1: of the BIT STRING of a SubjectPublicKeyInfo without its octet of unused bits. */
export const publicKeyHash = (algorithm: 'sha1' | 'sha256', spki: Uint8Array): Uint8Array => {
	const [, key] = derChildren(spki);
	return new Uint8Array(hash(algorithm, derContents(key ?? Uint8Array.of(0x03, 0x00)).subarray(1), 'buffer'));
};
