import type { Instant } from '../units/instant.ts';

/** What people may be. What each may call is said with the operations. */
export const personRoles = ['owner', 'operator', 'commissioner', 'reader', 'auditor'] as const;

export type PersonRole = (typeof personRoles)[number];

/** Steps of the requirement `person-authentication`, weakest first: what a sign-in proves. Each satisfies those before it. */
export const personSteps = ['password', 'second-factor', 'passkey', 'passkey-hardware'] as const;

export type PersonStep = (typeof personSteps)[number];

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

/** Who a person is at an issuer of identities (OpenID Connect Core 1.0 §2). */
export interface Identity {
	readonly person: string;
	/** The issuer's address, as its tokens name it. */
	readonly issuer: string;
	/** What the issuer calls them for ever; null until the first sign-in by an address. */
	readonly subject: string | null;
	/** Address by which they are known until the first sign-in; null where an owner named the subject. */
	readonly email: string | null;
	readonly at: Instant;
	/** Last sign-in, and what it proved; null before the first. */
	readonly used: Instant | null;
	readonly step: PersonStep | null;
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
	/** With passkeys, identities, sessions and invitation. False when there was neither a person nor an invitation. */
	removePerson(name: string): Promise<boolean>;
	/** Of one person, or of all. */
	passkeys(person?: string): Promise<Passkey[]>;
	passkey(id: string): Promise<Passkey | null>;
	usePasskey(id: string, counter: number, at: Instant): Promise<void>;
	/**
	 * Makes the person, unless there already, and gives them this identity in place of one that they have at that issuer. False, and nothing
	 * is done, when its subject or address there is somebody else's.
	 */
	linkIdentity(identity: Omit<Identity, 'used' | 'step'>, role: PersonRole): Promise<boolean>;
	/** Of one person, or of all. */
	identities(person?: string): Promise<Identity[]>;
	/** Notes a sign-in by the person's identity at the issuer, which has this subject from now on. False, and nothing is done, when it has another. */
	useIdentity(
		identity: Pick<Identity, 'person' | 'issuer'>,
		subject: string,
		step: PersonStep,
		at: Instant,
	): Promise<boolean>;
}
