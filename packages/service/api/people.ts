import { Problem } from '@keyward/core';
import type { PersonStore } from '@keyward/core/port';
import type { Answer, ApiDependencies } from './answer.ts';

const unknown = (name: string): Problem =>
	new Problem('person-unknown', `There is no person ${JSON.stringify(name)} here: keyward person list.`);

/** CR 1.3: a site that nobody may manage any more cannot be had back by anybody who signs in. */
const requireOtherOwner = async (store: PersonStore, name: string): Promise<void> => {
	const owners = (await store.people()).filter(({ role }) => role === 'owner');
	if (owners.length === 1 && owners[0]?.name === name)
		throw new Problem('person-last-owner', `${name} is the only owner: make somebody else an owner first.`);
};

export const personInvite =
	({ people, store }: ApiDependencies): Answer<'person.invite'> =>
	async ({ person, role }) => {
		const known = await store.person(person);
		// A link adds a passkey; it is no way around `person.role`.
		if (known !== null && known.role !== role)
			throw new Problem(
				'request-malformed',
				`${person} is ${known.role} already: invite them as that, or change their role first.`,
			);
		return people.invite(person, role);
	};

export const personLink =
	({ people, store, clock }: ApiDependencies): Answer<'person.link'> =>
	async ({ person, role, issuer: name, subject = null, email = null }) => {
		if ((subject === null) === (email === null))
			throw new Problem('request-malformed', 'Name the subject or the e-mail address by which the issuer knows them.');
		const known = await store.person(person);
		if (known !== null && known.role !== role)
			throw new Problem(
				'request-malformed',
				`${person} is ${known.role} already: link them as that, or change their role first.`,
			);
		const issuer = people.issuers.addressOf(name);
		if (!(await store.linkIdentity({ person, issuer, subject, email, at: clock.now() }, role)))
			throw new Problem('request-malformed', `${name} vouches for somebody else by that: keyward person list.`);
		return { person, role, issuer };
	};

export const personList =
	({ store, clock }: ApiDependencies): Answer<'person.list'> =>
	async () => {
		const passkeys = await store.passkeys();
		const identities = await store.identities();
		return {
			people: (await store.people()).map(({ name, role, at }) => {
				const own = passkeys.filter(({ person }) => person === name);
				const linked = identities.filter(({ person }) => person === name);
				return {
					...{ person: name, role, since: at, passkeys: own.length },
					hardware: own.filter(({ hardware }) => hardware).length,
					identities: linked.map(({ issuer, subject, email, step }) => ({ issuer, subject, email, step })),
					lastSignIn: Math.max(at, ...[...own, ...linked].map(({ used }) => used ?? 0)),
				};
			}),
			invited: (await store.invitations())
				.filter(({ expires }) => expires > clock.now())
				.map(({ person, role, expires }) => ({ person, role, expires })),
		};
	};

export const personRemove =
	({ people, store }: ApiDependencies): Answer<'person.remove'> =>
	async ({ person }) => {
		await requireOtherOwner(store, person);
		if (!(await store.removePerson(person))) throw unknown(person);
		people.pace.forget(person);
		const ended = await people.sessions.endOf(person);
		await people.approvals.forgetOf(`person ${person}`);
		return { ended };
	};

export const personRole =
	({ people, store }: ApiDependencies): Answer<'person.role'> =>
	async ({ person, role }) => {
		if (role !== 'owner') await requireOtherOwner(store, person);
		if (!(await store.setRole(person, role))) throw unknown(person);
		// CR 2.1 RE(4): what they approved with another role is approved no more.
		await people.approvals.forgetOf(`person ${person}`);
		return { person, role };
	};
