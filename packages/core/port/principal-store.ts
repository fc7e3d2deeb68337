import type { LifeState } from '../device/lifecycle.ts';
import type { Fact } from '../policy/fact.ts';
import type { Instant } from '../units/instant.ts';
import type { Token } from './admission-store.ts';
import type { RevokedCertificate, Revocation } from './certificate-store.ts';
import type { PrincipalName } from '../device/principal-name.ts';
import type { Principal } from './principal.ts';

/**
 * Devices and readers, and how they begin and end.
 *
 * Each call is one commit: state, certificates, tokens and intents that it names change together, and are durable when it
 * resolves. No other call, also of another instance on this store, sees half of it. What the lifecycle allows is looked at within
 * that commit, so that of two ends of one principal the second finds what the first left.
 */
export interface PrincipalStore {
	/**
	 * Adds an expected principal and its token together; one that may be expected again (`lifecycle`) is replaced, its earlier tokens
	 * are void, spent or not, and its open intents are given up. Throws `Problem('device-exists')` when it may not.
	 */
	expect(principal: Principal, token: Token): Promise<void>;
	principal(name: PrincipalName): Promise<Principal | null>;
	principals(application?: string): Promise<Principal[]>;
	/**
	 * Moves a principal from the state that the caller read to another. Throws `Problem('changed-meanwhile')` when it is in
	 * another by now, and `device-unknown` or `reader-unknown`.
	 */
	setState(name: PrincipalName, from: LifeState, to: LifeState, at: Instant): Promise<void>;
	/**
	 * Retires a principal, revokes every certificate of it that is not revoked, makes its tokens void and gives its open intents up.
	 * Gives what was revoked now. One that is retired stays so, and the rest is done. Throws `device-unknown`, `reader-unknown`, and
	 * `device-state` when it may not move so. What is known of its end is recorded with it, as `putFacts` does.
	 */
	retire(name: PrincipalName, revocation: Revocation, facts?: readonly Fact[]): Promise<RevokedCertificate[]>;
	/**
	 * The same by `transfer`, and expects it where it goes, as `expect` does: in the same commit. So it is never gone here and
	 * unknown there. Throws what either throws.
	 */
	transfer(
		name: PrincipalName,
		to: { readonly principal: Principal; readonly token: Token },
		revocation: Revocation,
	): Promise<RevokedCertificate[]>;
	/**
	 * Moves a principal that may use its certificates by `connect`, where that leads anywhere, and revokes its certificates for
	 * other keys than this. Gives what was revoked now; nothing is done for one that may not use a certificate.
	 */
	supersede(name: PrincipalName, key: Uint8Array, revocation: Revocation): Promise<RevokedCertificate[]>;
	/** Whether the principal has certificates for other keys than this that are not revoked. Cheap. */
	hasOtherKeys(name: PrincipalName, key: Uint8Array): Promise<boolean>;
}
