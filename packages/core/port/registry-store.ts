import type { Fact } from '../policy/fact.ts';
import type { Instant } from '../units/instant.ts';
import type { KeyEvidence } from '../device/key-evidence.ts';
import type { LifeState } from '../device/lifecycle.ts';
import type { PrincipalName } from '../device/principal-name.ts';

/** A device or reader that is expected or admitted. */
export interface Principal extends PrincipalName {
	/** Class of the policy's `devices`; null for a reader. */
	readonly class: string | null;
	/** The part that it must be, as `attest` names parts; null when any will do. */
	readonly part: string | null;
	readonly state: LifeState;
	readonly at: Instant;
}

/** A one-time token, kept as its SHA-256 alone. */
export interface Token {
	readonly hash: Uint8Array;
	readonly principal: PrincipalName;
	readonly expires: Instant;
	/** SHA-256 of the SubjectPublicKeyInfo it was spent for; null while unspent. */
	readonly spentFor: Uint8Array | null;
}

/** A certificate about to be signed: recorded before, closed by `issue`. */
export interface Intent {
	/** The certificate's serial number, lower-case hex: the intent's identity. */
	readonly serial: string;
	readonly principal: PrincipalName;
	/** SHA-256 of the SubjectPublicKeyInfo. */
	readonly key: Uint8Array;
	/** What the key was admitted on. */
	readonly evidence: KeyEvidence;
	/** The frozen TBSCertificate, DER. */
	readonly toBeSigned: Uint8Array;
	readonly at: Instant;
	/** How the pledge was admitted: a token's hash, or the certificate it renews (SHA-256 fingerprint). */
	readonly by: { readonly token: Uint8Array } | { readonly certificate: Uint8Array };
}

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

/** A service-held grant: this reader may read this stream, for this purpose, until then. */
export interface Grant {
	readonly id: string;
	readonly application: string;
	readonly reader: string;
	/** A device id, or `*` for every device of the application. */
	readonly device: string;
	readonly stream: string;
	readonly purpose: string;
	readonly from: Instant;
	readonly expires: Instant;
	/** When it was taken back before its time; null while it stands. */
	readonly ended: Instant | null;
}

export interface PolicyEpoch {
	readonly application: string;
	/** 1, 2, 3 … within the application. */
	readonly epoch: number;
	readonly text: string;
	readonly at: Instant;
}

/** Principals, certificates, grants, policies and facts. Bytes are compared by content; lists are oldest first. */
export interface RegistryStore {
	/**
	 * Adds an expected principal and its token together; one that may be expected anew (`lifecycle`) is replaced, its earlier tokens
	 * are void, spent or not, and its open intents are given up. Throws `Problem('device-exists')` when it may not.
	 */
	expect(principal: Principal, token: Token): Promise<void>;
	principal(name: PrincipalName): Promise<Principal | null>;
	principals(application?: string): Promise<Principal[]>;
	/** Replaces the state of a principal. Throws `Problem('device-unknown')` or `Problem('reader-unknown')`. */
	setState(name: PrincipalName, state: LifeState, at: Instant): Promise<void>;
	/**
	 * Moves a principal by `retire` or `transfer`, revokes every certificate of it that is not revoked, makes its tokens void and
	 * gives its open intents up: all in one commit, or nothing of it. Gives what was revoked now. A principal that was moved so
	 * before stays, and the rest is done. Throws `device-unknown`, `reader-unknown`, and `device-state` when it may not move so.
	 */
	end(name: PrincipalName, event: 'retire' | 'transfer', revocation: Revocation): Promise<RevokedCertificate[]>;
	/**
	 * Moves a principal that may use its certificates by `connect`, where that leads anywhere, and revokes its certificates for
	 * other keys than this: in one commit. Gives what was revoked now; nothing is done for one that may not use a certificate.
	 */
	supersede(name: PrincipalName, key: Uint8Array, revocation: Revocation): Promise<RevokedCertificate[]>;
	/** Whether the principal has certificates for other keys than this that are not revoked. Cheap. */
	hasOtherKeys(name: PrincipalName, key: Uint8Array): Promise<boolean>;

	token(hash: Uint8Array): Promise<Token | null>;
	/**
	 * Spends the intent's token (if it has one), records the intent, and moves a principal that renews (`renew`), together. A token spent for the same key is
	 * accepted again; for another key: `Problem('token-spent')`, and nothing is changed. A token that is not there or is
	 * another principal's: `Problem('token-unknown')`. A serial that was used: `Problem('store-failed')`. A principal that is not
	 * expected (by a token) or may not use that certificate (by one; also one that is revoked): `Problem('device-not-expected')`,
	 * because it was ended since it was judged. Whether token or certificate has expired is for the caller to judge.
	 */
	intend(intent: Intent): Promise<void>;
	/** Intents that no certificate closed yet, oldest first. */
	openIntents(): Promise<Intent[]>;
	/**
	 * Closes the intent of the same serial and moves its principal as of the intent's moment: `certify` by a token, else
	 * `renewed` or, when the key is not that of the certificate that it renews, `re-key`; its tokens that are not spent are void. Doing it again changes nothing. Throws `Problem('store-failed')` when no intent has
	 * this serial, principal and key, and `Problem('device-not-expected')` when it was given up.
	 */
	issue(certificate: IssuedCertificate): Promise<void>;
	/** Gives an open intent up (`give-up`); its token stays spent. Changes nothing when there is none. */
	abandon(serial: string): Promise<void>;

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
	/** Makes every token that is not spent void: a restored backup must not revive one that was spent since. Gives how many. */
	voidTokens(): Promise<number>;

	/** Adds a grant. Throws `Problem('store-failed')` when its id was used. */
	putGrant(grant: Grant): Promise<void>;
	/** False when there is no such grant or it has ended. */
	endGrant(id: string, at: Instant): Promise<boolean>;
	/** Also those that ended or expired. */
	grants(application?: string): Promise<Grant[]>;

	/** Appends the next epoch of the application and gives its number. */
	putPolicy(application: string, text: string, at: Instant): Promise<PolicyEpoch>;
	/** The newest epoch of each application, by name. */
	policies(): Promise<PolicyEpoch[]>;

	/** Replaces facts of the same subject, claim and source. */
	putFacts(facts: readonly Fact[]): Promise<void>;
	/** Of subjects of that application (the empty one is the service itself), or all. */
	facts(application?: string): Promise<Fact[]>;
}
