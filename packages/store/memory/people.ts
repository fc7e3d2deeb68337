import type { Identity, Invitation, Passkey, Person, PersonStore } from '@keyward/core/port';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** `endOf`: ends the sessions of somebody who is removed. */
export const memoryPeople = (endOf: (person: string) => void): PersonStore => {
	const people = new Map<string, Person>();
	const passkeys = new Map<string, Passkey>();
	const invitations = new Map<string, Invitation>();
	let identities: Identity[] = [];
	const invited = (hash: Uint8Array): Invitation | undefined =>
		[...invitations.values()].find((one) => hex(one.hash) === hex(hash));
	return {
		putInvitation: async (invitation) => {
			invitations.delete(invitation.person);
			invitations.set(invitation.person, structuredClone(invitation));
		},
		invitation: async (hash) => structuredClone(invited(hash) ?? null),
		invitations: async () => structuredClone([...invitations.values()]),
		enrolPerson: async (hash, passkey) => {
			const invitation = invited(hash);
			if (invitation === undefined || passkeys.has(passkey.id)) return false;
			const { person: name, role } = invitation;
			invitations.delete(name);
			if (!people.has(name)) people.set(name, { name, role, at: passkey.at });
			passkeys.set(passkey.id, structuredClone({ ...passkey, person: name }));
			return true;
		},
		people: async () => [...people.values()],
		person: async (name) => people.get(name) ?? null,
		setRole: async (name, role) => {
			const person = people.get(name);
			if (person !== undefined) people.set(name, { ...person, role });
			return person !== undefined;
		},
		removePerson: async (name) => {
			for (const { id, person } of passkeys.values()) if (person === name) passkeys.delete(id);
			endOf(name);
			identities = identities.filter((one) => one.person !== name);
			const invitation = invitations.delete(name);
			return people.delete(name) || invitation;
		},
		passkeys: async (person) =>
			structuredClone([...passkeys.values()].filter((one) => person === undefined || one.person === person)),
		passkey: async (id) => structuredClone(passkeys.get(id) ?? null),
		usePasskey: async (id, counter, used) => {
			const passkey = passkeys.get(id);
			if (passkey !== undefined) passkeys.set(id, { ...passkey, counter, used });
		},
		linkIdentity: async (given, role) => {
			const { person, issuer, subject, email, at } = given;
			const isKnown = identities.some(
				(one) =>
					one.person !== person &&
					one.issuer === issuer &&
					((subject !== null && one.subject === subject) || (email !== null && one.email === email)),
			);
			if (isKnown) return false;
			if (!people.has(person)) people.set(person, { name: person, role, at });
			identities = identities.filter((one) => one.person !== person || one.issuer !== issuer);
			identities.push({ person, issuer, subject, email, at, used: null, step: null });
			return true;
		},
		identities: async (person) => identities.filter((one) => person === undefined || one.person === person),
		useIdentity: async ({ person, issuer }, subject, step, used) => {
			const isIt = (one: Identity): boolean =>
				one.person === person && one.issuer === issuer && (one.subject ?? subject) === subject;
			const isThere = identities.some(isIt);
			identities = identities.map((one) => (isIt(one) ? { ...one, subject, step, used } : one));
			return isThere;
		},
	};
};
