import type { Instant } from '../units/instant.ts';

/** What people may be. What each may call is said with the operations. */
export const personRoles = ['owner', 'operator', 'commissioner', 'reader', 'auditor'] as const;

export type PersonRole = (typeof personRoles)[number];

/** Somebody who may sign in. */
export interface Person {
	readonly name: string;
	readonly role: PersonRole;
	/** When the first passkey was registered. */
	readonly at: Instant;
}

/** A key that a person signs in with (WebAuthn Level 3 §6.2). */
export interface Passkey {
	/** The credential's id, base64url. */
	readonly id: string;
	readonly person: string;
	/** Public key, COSE. */
	readonly key: Uint8Array;
	/** Of signatures, as the authenticator last said; 0 where it counts none. */
	readonly counter: number;
	/** Never leaves hardware whose manufacturer the site names. */
	readonly hardware: boolean;
	/** The attestation object that says so; null where none was asked for. */
	readonly attestation: Uint8Array | null;
	readonly at: Instant;
	/** Last sign-in. */
	readonly used: Instant;
}

/** A link that lets one person register one passkey, once. */
export interface Invitation {
	/** SHA-256 of the token in the link. */
	readonly hash: Uint8Array;
	readonly person: string;
	readonly role: PersonRole;
	readonly expires: Instant;
}

/** People and their passkeys. Each call is one commit, durable when it resolves; lists are oldest first. */
export interface PersonStore {
	/** Replaces the invitation of the same person. */
	putInvitation(invitation: Invitation): Promise<void>;
	invitation(hash: Uint8Array): Promise<Invitation | null>;
	/** Also those that have expired. */
	invitations(): Promise<Invitation[]>;
	/**
	 * Spends the invitation: makes its person, unless there already, and adds the passkey. False, and nothing is done, when there is
	 * no such invitation any more or the passkey is somebody's.
	 */
	enrolPerson(hash: Uint8Array, passkey: Omit<Passkey, 'person'>): Promise<boolean>;
	people(): Promise<Person[]>;
	person(name: string): Promise<Person | null>;
	/** False when there is no such person. */
	setRole(name: string, role: PersonRole): Promise<boolean>;
	/** With passkeys, sessions and invitation. False when there was neither a person nor an invitation. */
	removePerson(name: string): Promise<boolean>;
	/** Of one person, or of all. */
	passkeys(person?: string): Promise<Passkey[]>;
	passkey(id: string): Promise<Passkey | null>;
	usePasskey(id: string, counter: number, at: Instant): Promise<void>;
}
