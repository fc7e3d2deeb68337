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

/**
 * What a certificate of another CA is, no matter who gives it: a CA gives a serial number once (RFC 5280 §4.1.2.2), and the signed part
 * cannot be changed, as a signature can be.
 */
export interface CertificateOrigin {
	/** SHA-256 of the issuer's Name, DER. */
	readonly issuer: Uint8Array;
	/** SHA-256 of the TBSCertificate, DER. */
	readonly signedPart: Uint8Array;
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
	/** In the words of the person who revoked it. */
	readonly reason: string;
}

/** What a revocation list says of a certificate, and the certificate, which says by whom it is. */
export interface RevokedCertificate extends Pick<IssuedCertificate, 'serial' | 'notAfter' | 'der'> {
	readonly revoked: Revocation;
}

/**
 * Certificates and their revocations.
 *
 * A revocation is durable when its promise resolves, and is never undone: of two, the first stands. Anyone who asks after that, in
 * this or another instance, is told.
 */
export interface CertificateStore {
	certificate(fingerprint: Uint8Array): Promise<IssuedCertificate | null>;
	certificates(name: PrincipalName): Promise<IssuedCertificate[]>;
	/** Every principal that holds, held or has an open intent for this key (SHA-256 of the SubjectPublicKeyInfo), once. */
	holders(key: Uint8Array): Promise<PrincipalName[]>;
	/** One that the site's own CAs issued, by serial number, lower-case hex: what OCSP asks for (RFC 6960 §4.1.1). */
	certificateBySerial(serial: string): Promise<IssuedCertificate | null>;
	/** The application's revoked certificates that end after that moment: what a CRL lists (RFC 5280 §5.1.2.6). */
	revoked(application: string, endingAfter: Instant): Promise<RevokedCertificate[]>;
	/**
	 * Records a certificate that was not made here, for a principal that is expected or has a good one: by a CA of this site, issued
	 * after the backup that this is (`origin` null), or by another CA, whose path was judged before (RFC 5280 §6). Then its evidence
	 * says that it was adopted. Moves the principal by `certify`, or as a renewal does, and
	 * gives up what was under way for it. False when it is there already.
	 * Throws `Problem('device-not-expected')` for any other principal, `changed-meanwhile` when others than `holders` hold the key
	 * (SHA-256 of its canonical SubjectPublicKeyInfo), and `certificate-malformed` when this CA gave the serial number to another.
	 */
	adopt(
		certificate: IssuedCertificate,
		origin: CertificateOrigin | null,
		at: Instant,
		holders?: readonly PrincipalName[],
	): Promise<boolean>;
	/** The first revocation stands. Throws `Problem('certificate-unknown')`. */
	revoke(fingerprint: Uint8Array, revocation: Revocation): Promise<void>;
}
