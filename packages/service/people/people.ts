import { createHash, randomBytes } from 'node:crypto';
import { hours, type Milliseconds } from '@keyward/core';
import type { Clock, PersonRole, Store } from '@keyward/core/port';
import type { ServiceConfig } from '../config/config.ts';
import type { Policies } from '../policy/policies.ts';
import type { HandlersOf } from '../thread/channel.ts';
import { type Approvals, openApprovals } from './approvals.ts';
import { createChallenges } from './challenge.ts';
import { createPeopleEvidence, type PeopleEvidence } from './people-evidence.ts';
import { type Issuers, openIssuers } from './issuers.ts';
import { createPasskeys } from './passkeys.ts';
import { answerPeople } from './people-rpc-server.ts';
import type { PeopleTopics } from './people-rpc.ts';
import { openPersonSessions, type PersonSessions } from './sessions.ts';
import { createSignInPace, type SignInPace } from './sign-in-pace.ts';

/** How long a link is good. */
const INVITED: Milliseconds = hours(24);

/** Who may sign in here, and who has. */
export interface People {
	readonly sessions: PersonSessions;
	readonly approvals: Approvals;
	readonly evidence: PeopleEvidence;
	readonly issuers: Pick<Issuers, 'addressOf'>;
	readonly pace: Pick<SignInPace, 'forget'>;
	readonly handlers: HandlersOf<PeopleTopics>;
	/** A link by which this person registers one passkey, once. */
	invite(person: string, role: PersonRole): Promise<{ readonly link: string; readonly expires: number }>;
}

export const openPeople = async (options: {
	readonly store: Store;
	readonly policies: Policies;
	readonly clock: Clock;
	/** `name` is what browsers reach the site by. */
	readonly config: Pick<ServiceConfig, 'trust' | 'people' | 'issuers' | 'name'>;
	/** Base URLs of its HTTPS listeners. */
	readonly urls: () => readonly string[];
}): Promise<People> => {
	const { store, policies, clock, config, urls } = options;
	const { trust, people: terms, issuers: issuerTerms, name } = config;
	const sessions = await openPersonSessions(store, clock, terms);
	const approvals = await openApprovals(store, clock);
	const origins = (): string[] => urls().map((url) => new URL(url).origin);
	const passkeys = createPasskeys({ id: name, origins, trust, clock, challenges: createChallenges(clock) });
	const pace = createSignInPace(clock, sessions.list());
	const issuers = openIssuers(issuerTerms, () => origins()[0] ?? '', clock);
	return {
		sessions,
		approvals,
		issuers,
		pace,
		evidence: createPeopleEvidence(store, policies, sessions, approvals),
		handlers: answerPeople({ store, policies, sessions, passkeys, issuers, pace, clock }),
		invite: async (person, role) => {
			const token = randomBytes(32).toString('base64url');
			const expires = clock.now() + INVITED;
			const hash = Uint8Array.from(createHash('sha256').update(token).digest());
			await store.putInvitation({ hash, person, role, expires });
			// RFC 9110 §7.1: what follows `#` is sent to nobody, and lands in no log.
			return { link: `${urls()[0] ?? ''}/#invite=${token}`, expires };
		},
	};
};
