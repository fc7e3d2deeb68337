import { satisfies } from '../policy/parameters.ts';
import type { ParameterValue } from '../policy/parameter-value.ts';
import type { Person, PersonStep } from '../port/person-store.ts';
import type { Refusal } from '../problem/refusal.ts';
import { isSamePlace, type SessionPlace } from './session-place.ts';
import type { Instant } from '../units/instant.ts';
import { hours, type Milliseconds, minutes } from '../units/milliseconds.ts';

/** How long a person's session lasts. */
export interface PersonTerms {
	/** From the last call until it locks. */
	readonly idle: Milliseconds;
	/** From sign-in until it ends, however busy. */
	readonly longest: Milliseconds;
}

export const usualPersonTerms: PersonTerms = { idle: minutes(10), longest: hours(8) };

/** A sign-in that has not been ended. */
export interface PersonSession {
	readonly person: string;
	/** What the sign-in proved. */
	readonly step: PersonStep;
	/** Network address of the sign-in. */
	readonly from: string;
	/** Null for sessions of before it was kept. */
	readonly browser: string | null;
	/** What it was opened with: a passkey's id, or issuer and subject of an identity as JSON. Null for sessions of before it was kept. */
	readonly credential: string | null;
	readonly opened: Instant;
	/** The last call. */
	readonly seen: Instant;
}

/** What is known of somebody who shows a session, at the time of asking. */
export interface PersonEvidence {
	/** Null when there is none, or it was ended. */
	readonly session: PersonSession | null;
	/** Null when removed. */
	readonly person: Person | null;
	/** What the session was opened with still lets that person in. */
	readonly stands: boolean;
	readonly place: SessionPlace;
	readonly terms: PersonTerms;
	/** The strictest `person-authentication` that a policy in `enforce` asks; null where none does. */
	readonly asked: ParameterValue | null;
}

/** The moment from which the session is no longer good of itself. */
export const personSessionEnd = ({ opened, seen }: PersonSession, { idle, longest }: PersonTerms): Instant =>
	Math.min(opened + longest, seen + idle);

/** Why a session does not speak for its person now; null when it does. */
export const judgePerson = (
	{ session, person, stands, place, terms, asked }: PersonEvidence,
	now: Instant,
): Refusal | null => {
	// CR 1.1, CR 2.6: a cookie that was copied is worth nothing once its session is ended, nor is one of somebody who was removed.
	if (session === null || person === null || person.name !== session.person) return signIn;
	// CR 1.3: who was removed while they signed in, and came back by another passkey, has no session of the old one.
	if (!stands) return signIn;
	// CR 1.1, CR 3.8: a cookie that was copied to another machine is worth nothing there, and keeps no session open.
	if (!isSamePlace(session, place))
		return {
			...{ code: 'session-elsewhere', requirement: 'session-limits' },
			reason: 'The session was opened at another address or in another browser: sign in here with your passkey.',
		};
	// CR 2.6: a session that nobody ends does not last for ever.
	if (now >= session.opened + terms.longest || now < session.opened - SKEW)
		return { code: 'session-ended', requirement: 'session-limits', reason: 'The session is over: sign in again.' };
	// CR 2.5: who finds the machine unattended finds it locked.
	if (now >= session.seen + terms.idle)
		return {
			...{ code: 'session-locked', requirement: 'session-limits' },
			reason: 'The session was idle and is locked: sign in again with your passkey.',
		};
	// CR 1.1 RE(2): a passkey that is copied between machines can be taken with any of them, and a password by any page.
	if (!provesEnough(session.step, asked))
		return {
			...{ code: 'passkey-too-weak', requirement: 'person-authentication' },
			reason:
				asked === 'passkey-hardware'
					? 'The policy asks for a passkey in attested hardware: ask an owner for a link and register one.'
					: `The policy asks people for ${String(asked)}, and this sign-in proved ${session.step}: sign in with a passkey.`,
		};
	return null;
};

/** Whether what a sign-in proved is what the policies ask of people, or more. */
export const provesEnough = (step: PersonStep, asked: ParameterValue | null): boolean =>
	satisfies('person-authentication', step, asked);

const SKEW = minutes(1);

const signIn: Refusal = {
	...{ code: 'not-authenticated', requirement: 'person-authentication' },
	reason: 'There is no such session any more: sign in with your passkey.',
};
