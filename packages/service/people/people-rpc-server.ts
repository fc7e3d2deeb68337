import { type Milliseconds, Problem, seconds } from '@keyward/core';
import { provesEnough } from '@keyward/core/authorize';
import type { ParameterValue } from '@keyward/core/policy';
import type { AuditStore, Clock, Identity, PersonStep, PersonStore } from '@keyward/core/port';
import type { Policies } from '../policy/policies.ts';
import type { HandlersOf } from '../thread/channel.ts';
import { askedOfPeople, credentialOf, policiesInForce } from './people-evidence.ts';
import type { Issuers, Proven } from './issuers.ts';
import type { Passkeys } from './passkeys.ts';
import type { PeopleTopics, SignedIn } from './people-rpc.ts';
import type { PersonSessions } from './sessions.ts';
import type { SignInPace } from './sign-in-pace.ts';

/** How long a page's question whether its session stands may stay open. */
const LONGEST_WATCH: Milliseconds = seconds(15);

interface PeopleDependencies {
	readonly store: PersonStore & Pick<AuditStore, 'beginAction' | 'endAction'>;
	readonly policies: Pick<Policies, 'epochs' | 'mustHave'>;
	readonly sessions: PersonSessions;
	readonly passkeys: Passkeys;
	readonly issuers: Issuers;
	readonly pace: Pick<SignInPace, 'take' | 'proved'>;
	readonly clock: Clock;
}

/** The committer's answers to the page: ceremonies, and what becomes of a session. */
export const answerPeople = (dependencies: PeopleDependencies): HandlersOf<PeopleTopics> => {
	const { store, policies, sessions, passkeys, issuers, pace, clock } = dependencies;

	const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
	const asked = (): ParameterValue | null => askedOfPeople(policiesInForce(policies));
	const noInvitation = (): Problem =>
		new Problem(
			'invitation-unknown',
			'This link was used, replaced, or has expired: ask for a new one (keyward person invite).',
		);
	const invitationOf = async (hash: string) => {
		const invitation = await store.invitation(bytes(hash));
		if (invitation === null || invitation.expires <= clock.now()) throw noInvitation();
		return invitation;
	};
	/** CR 2.8: who came in, and by what, is on record before they are in. */
	const recorded = async <Value>(who: string, operation: string, from: string, work: () => Promise<Value>) => {
		const entry = await store.beginAction({
			...{ at: clock.now(), who, operation, application: null, input: JSON.stringify({ from }) },
		});
		let result = 'internal';
		try {
			const value = await work();
			result = 'done';
			return value;
		} catch (error) {
			if (error instanceof Problem) result = error.code;
			throw error;
		} finally {
			await store.endAction(entry, clock.now(), result);
		}
	};
	/** CR 1.1 RE(2): a passkey weaker than the policies ask opens nothing, however well it is proven. */
	const requireStrong = (step: PersonStep): void => {
		if (!provesEnough(step, asked()))
			throw new Problem(
				'passkey-too-weak',
				asked() === 'passkey-hardware'
					? 'The policy asks for a passkey in attested hardware whose manufacturer the site file names: docs/people.md.'
					: `The policy asks people for ${String(asked())}, and this proves ${step}: sign in with a passkey.`,
			);
	};
	const stepOf = (hardware: boolean): PersonStep => (hardware ? 'passkey-hardware' : 'passkey');
	const unnamed = (): Problem =>
		new Problem('identity-refused', 'No owner of this site has named this person: ask one for keyward person link.');
	/** Who an owner said that this is; a new subject of a known address only once. Nobody is let in because an issuer knows them. */
	const identityOf = async ({ issuer, subject, email }: Proven): Promise<Identity> => {
		const there = (await store.identities()).filter((one) => one.issuer === issuer);
		const found =
			there.find((one) => one.subject === subject) ??
			there.find((one) => one.subject === null && one.email !== null && one.email === email);
		if (found !== undefined) return found;
		throw unnamed();
	};

	return {
		beginCeremony: async ({ invitation: hash }) => {
			if (hash === null) return { kind: 'sign-in', person: null, options: await passkeys.signIn() };
			const { person } = await invitationOf(hash);
			const known = await store.passkeys(person);
			const options = await passkeys.registration(person, known, asked() === 'passkey-hardware');
			return { kind: 'register', person, options };
		},
		registerPasskey: async ({ invitation: hash, response, session, replaces, from, browser }): Promise<SignedIn> => {
			pace.take(from);
			const { person: name } = await invitationOf(hash);
			const passkey = await passkeys.register(response);
			requireStrong(stepOf(passkey.hardware));
			return recorded(`person ${name}`, 'passkey.register', from, async () => {
				// The first caller has spent it.
				if (!(await store.enrolPerson(bytes(hash), passkey))) throw noInvitation();
				const person = await store.person(name);
				if (person === null) throw new Problem('person-unknown', `${name} was removed meanwhile.`);
				if (replaces !== null) await sessions.leave(replaces);
				await sessions.open(session, {
					person: name,
					step: stepOf(passkey.hardware),
					from,
					browser,
					credential: passkey.id,
				});
				pace.proved(from, name);
				return { person: name, role: person.role };
			});
		},
		signIn: async ({ response, session, replaces, from, browser }): Promise<SignedIn> => {
			pace.take(from);
			const { passkey, counter } = await passkeys.prove(response, (id) => store.passkey(id));
			requireStrong(stepOf(passkey.hardware));
			return recorded(`person ${passkey.person}`, 'session.open', from, async () => {
				const person = await store.person(passkey.person);
				if (person === null) throw new Problem('person-unknown', `${passkey.person} was removed.`);
				await store.usePasskey(passkey.id, counter, clock.now());
				// A session's token is never kept over a sign-in.
				if (replaces !== null) await sessions.leave(replaces);
				await sessions.open(session, {
					person: person.name,
					step: stepOf(passkey.hardware),
					from,
					browser,
					credential: passkey.id,
				});
				pace.proved(from, person.name);
				return { person: person.name, role: person.role };
			});
		},
		issuerNames: async () => issuers.names,
		beginAtIssuer: async ({ name, from }) => {
			pace.take(from);
			return issuers.begin(name);
		},
		signInByIssuer: async ({ name, cookie, query, session, replaces, from, browser }): Promise<SignedIn> => {
			pace.take(from);
			const proven = await issuers.finish(name, cookie, query);
			const identity = await identityOf(proven);
			requireStrong(proven.step);
			return recorded(`person ${identity.person}`, 'session.open', from, async () => {
				const person = await store.person(identity.person);
				if (person === null) throw new Problem('person-unknown', `${identity.person} was removed.`);
				// Bound to another subject meanwhile: that one is who the owner named.
				if (!(await store.useIdentity(identity, proven.subject, proven.step, clock.now()))) throw unnamed();
				if (replaces !== null) await sessions.leave(replaces);
				const credential = credentialOf({ ...identity, subject: proven.subject });
				await sessions.open(session, { person: person.name, step: proven.step, from, browser, credential });
				pace.proved(from, person.name);
				return { person: person.name, role: person.role };
			});
		},
		signOut: async ({ session }) => {
			await sessions.leave(session);
		},
		watchSession: ({ session }) => sessions.watch(session, LONGEST_WATCH),
	};
};
