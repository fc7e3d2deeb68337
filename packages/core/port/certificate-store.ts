import type { KeyEvidence } from '../device/key-evidence.ts';
import type { Instant } from '../units/instant.ts';
import type { PrincipalName } from '../device/principal-name.ts';

export interface IssuedCertificate {
	/** SHA-256 of the DER. */
	readonly fingerprint: Uint8Array;
	readonly serial: string;
	readonly principal: PrincipalName;
	readonly key: Uint8Array;
	readonly evidence: KeyEvidence;
	readonly notBefore: Instant;
	readonly notAfter: Instant;
	readonly der: Uint8Array;
	readonly revoked: Revocation | null;
}

/** RFC 5280 §5.3.1, those that a registrar states. */
export const revocationCauses = [
	'unspecified',
	'keyCompromise',
	'affiliationChanged',
	'superseded',
	'cessationOfOperation',
	'privilegeWithdrawn',
] as const;

export type RevocationCause = (typeof revocationCauses)[number];

export interface Revocation {
	readonly at: Instant;
	readonly cause: RevocationCause;
	/** In the words of whoever revoked it. */
	readonly reason: string;
}

/** What a revocation list says of a certificate, and the certificate, which says by whom it is. */
export interface RevokedCertificate extends Pick<IssuedCertificate, 'serial' | 'notAfter' | 'der'> {
	readonly revoked: Revocation;
}

/**
 * Certificates and their revocations.
 *
 * A revocation is durable when its promise resolves, and is never undone: of two, the first stands. Whoever asks after that, in
 * this or another instance, is told.
 */
export interface CertificateStore {
	certificate(fingerprint: Uint8Array): Promise<IssuedCertificate | null>;
	certificates(name: PrincipalName): Promise<IssuedCertificate[]>;
	/** Every principal that holds, held or has an open intent for this key (SHA-256 of the SubjectPublicKeyInfo), once. */
	holders(key: Uint8Array): Promise<PrincipalName[]>;
	/** By serial number, lower-case hex: what OCSP asks for (RFC 6960 §4.1.1). */
	certificateBySerial(serial: string): Promise<IssuedCertificate | null>;
	/** The application's revoked certificates that end after that moment: what a CRL lists (RFC 5280 §5.1.2.6). */
	revoked(application: string, endingAfter: Instant): Promise<RevokedCertificate[]>;
	/** The first revocation stands. Throws `Problem('certificate-unknown')`. */
	revoke(fingerprint: Uint8Array, revocation: Revocation): Promise<void>;
}
