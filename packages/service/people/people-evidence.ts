import {
	type Caller,
	type CallEvidence,
	dualControlAsked,
	type PersonEvidence,
	type PersonSession,
} from '@keyward/core/authorize';
import { type ParameterValue, parsePolicy, type Policy } from '@keyward/core/policy';
import { type Identity, type PersonStore, personSteps } from '@keyward/core/port';
import type { Policies } from '../policy/policies.ts';
import type { Approvals } from './approvals.ts';
import { digestOf } from './approvals.ts';
import { approverStill } from './approver.ts';
import { callerName } from './caller-name.ts';
import type { PersonSessions } from './sessions.ts';

/** What a decision depends on of people: who signed in, and who approved. */
export interface PeopleEvidence {
	gather(caller: Caller, operation: string, input: unknown): Promise<Pick<CallEvidence, 'person' | 'dual'>>;
	readonly sessions: PersonSessions;
	readonly approvals: Approvals;
}

/** The strictest sign-in that a policy in `enforce` asks. */
export const askedOfPeople = (policies: readonly Pick<Policy, 'mode' | 'parameters'>[]): ParameterValue | null => {
	const asked = new Set(
		policies.filter(({ mode }) => mode === 'enforce').map(({ parameters }) => parameters['person-authentication']),
	);
	return personSteps.findLast((step) => asked.has(step)) ?? null;
};

const fieldOf = (input: unknown, name: string): string | null => {
	const value =
		typeof input === 'object' && input !== null ? Object.entries(input).find(([key]) => key === name) : null;
	return typeof value?.[1] === 'string' ? value[1] : null;
};

/** The application whose policy this text is; null for any other text. */
const applicationIn = (input: unknown): string | null => {
	try {
		return parsePolicy(fieldOf(input, 'text') ?? '').application;
	} catch {
		return null;
	}
};

/** An identity, as the credential of a session: no passkey's id looks so. */
export const credentialOf = ({ issuer, subject }: Pick<Identity, 'issuer' | 'subject'>): string =>
	JSON.stringify([issuer, subject]);

export const policiesInForce = (policies: Pick<Policies, 'epochs' | 'mustHave'>): Policy[] =>
	policies.epochs().map(({ application }) => policies.mustHave(application));

export const createPeopleEvidence = (
	store: Pick<PersonStore, 'person' | 'people' | 'passkey' | 'identities'>,
	policies: Pick<Policies, 'epochs' | 'mustHave' | 'policyOf'>,
	sessions: PersonSessions,
	approvals: Approvals,
): PeopleEvidence => {
	const doesStand = async ({ person, credential }: PersonSession): Promise<boolean> => {
		if (credential === null) return false;
		if ((await store.passkey(credential))?.person === person) return true;
		return (await store.identities(person)).some((one) => credentialOf(one) === credential);
	};
	const personOf = async (caller: Caller): Promise<PersonEvidence | null> => {
		if (caller.kind !== 'person') return null;
		const session = sessions.find(caller.session);
		const person = session === null ? null : await store.person(session.person);
		return {
			session,
			person,
			stands: session !== null && (await doesStand(session)),
			place: caller.place,
			terms: sessions.terms,
			asked: askedOfPeople(policiesInForce(policies)),
		};
	};
	/** The application's own policy where the input names one that has one; else all. A new application's has none to hold it. */
	const concerned = (operation: string, input: unknown): readonly Policy[] => {
		const written = operation === 'policy.apply' ? applicationIn(input) : null;
		if (written !== null && policies.policyOf(written) === null) return [];
		const own = policies.policyOf(written ?? fieldOf(input, 'application') ?? '');
		return own === null ? policiesInForce(policies) : [own];
	};
	return {
		sessions,
		approvals,
		gather: async (caller, operation, input) => {
			const person = await personOf(caller);
			const who = callerName(caller, { principal: null, ...(person?.person && { person: person.person }) });
			const people = await store.people();
			const deciders = people.filter(({ role }) => role === 'owner' || role === 'operator');
			return {
				person,
				dual: {
					asked: dualControlAsked(concerned(operation, input)),
					caller: who,
					approvedBy: approverStill(approvals.approvedBy(who, digestOf(operation, input)), operation, people),
					overridden: approvals.overridden(who),
					people: deciders.length,
				},
			};
		},
	};
};
