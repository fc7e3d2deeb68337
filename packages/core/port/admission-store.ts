import type { KeyEvidence } from '../device/key-evidence.ts';
import type { Instant } from '../units/instant.ts';
import type { IssuedCertificate } from './certificate-store.ts';
import type { PrincipalName } from '../device/principal-name.ts';

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

/**
 * Tokens and intents: the way from an expected principal to a certificate.
 *
 * Each call is one commit, durable when it resolves. A token is spent in the commit that records the intent, and a key is looked
 * up there too: of two registrars with one token, or one key, the second is refused, whatever both had judged before.
 */
export interface AdmissionStore {
	token(hash: Uint8Array): Promise<Token | null>;
	/** Whether tokens are kept as digests alone, as far as their form shows. */
	tokensAreHashes(): Promise<boolean>;
	/** Makes every token that is not spent void: a restored backup must not revive one that was spent since. Gives how many. */
	voidTokens(): Promise<number>;
	/**
	 * Spends the intent's token (if it has one), records the intent, and moves a principal that renews (`renew`), together. A token
	 * spent for the same key is accepted again; for another key: `Problem('token-spent')`, and nothing is changed. A token that is not
	 * there or is another principal's: `Problem('token-unknown')`. A serial that was used: `Problem('store-failed')`. A principal that
	 * is not expected (by a token) or may not use that certificate (by one; also one that is revoked): `Problem('device-not-expected')`,
	 * because it was ended since it was judged. `holders`: who held the key when it was judged; another one since then:
	 * `Problem('changed-meanwhile')`. Whether token or certificate has expired is for the caller to judge.
	 */
	intend(intent: Intent, holders?: readonly PrincipalName[]): Promise<void>;
	/** Intents that no certificate closed yet, oldest first. */
	openIntents(): Promise<Intent[]>;
	/**
	 * Closes the intent of the same serial and moves its principal as of the intent's moment: `certify` by a token, else
	 * `renewed` or, when the key is not that of the certificate that it renews, `re-key`; its tokens that are not spent are void.
	 * Doing it again changes nothing. Throws `Problem('store-failed')` when no intent has this serial, principal and key, and
	 * `Problem('device-not-expected')` when it was given up.
	 */
	issue(certificate: IssuedCertificate): Promise<void>;
	/** Gives an open intent up (`give-up`); its token stays spent. Changes nothing when there is none. */
	abandon(serial: string): Promise<void>;
}
