import {
	type Identity,
	type Invitation,
	type Passkey,
	type Person,
	personRoles,
	personSteps,
	type PersonStore,
} from '@keyward/core/port';
import { bytes, type Columns, number, oneOf, orNull, text } from './columns.ts';
import type { Database } from './database.ts';

const toPerson = (row: Columns): Person => ({
	name: text(row, 'name'),
	role: oneOf(row, 'role', personRoles),
	at: number(row, 'at'),
});

const toPasskey = (row: Columns): Passkey => ({
	id: text(row, 'id'),
	person: text(row, 'person'),
	key: bytes(row, 'key'),
	counter: number(row, 'counter'),
	hardware: number(row, 'hardware') === 1,
	attestation: orNull(bytes, row, 'attestation'),
	at: number(row, 'at'),
	used: number(row, 'used'),
});

const toIdentity = (row: Columns): Identity => ({
	person: text(row, 'person'),
	issuer: text(row, 'issuer'),
	subject: orNull(text, row, 'subject'),
	email: orNull(text, row, 'email'),
	at: number(row, 'at'),
	used: orNull(number, row, 'used'),
	step: orNull((columns, name) => oneOf(columns, name, personSteps), row, 'step'),
});

const toInvitation = (row: Columns): Invitation => ({
	hash: bytes(row, 'hash'),
	person: text(row, 'person'),
	role: oneOf(row, 'role', personRoles),
	expires: number(row, 'expires'),
});

export const sqlitePeople = (db: Database): PersonStore => {
	const { sql } = db;
	const putInvitation = sql.prepare(
		`INSERT INTO invitation (person, hash, role, expires) VALUES (?, ?, ?, ?)
		ON CONFLICT (person) DO UPDATE SET hash = excluded.hash, role = excluded.role, expires = excluded.expires`,
	);
	const invitation = sql.prepare('SELECT * FROM invitation WHERE hash = ?');
	const invitations = sql.prepare('SELECT * FROM invitation ORDER BY added');
	const spend = sql.prepare('DELETE FROM invitation WHERE person = ?');
	const putPerson = sql.prepare('INSERT INTO person (name, role, at) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING');
	const putPasskey = sql.prepare(
		`INSERT INTO passkey (id, person, key, counter, hardware, attestation, at, used) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO NOTHING`,
	);
	const people = sql.prepare('SELECT * FROM person WHERE name = coalesce(?, name) ORDER BY added');
	const setRole = sql.prepare('UPDATE person SET role = ? WHERE name = ?');
	const removePerson = sql.prepare('DELETE FROM person WHERE name = ?');
	const removePasskeys = sql.prepare('DELETE FROM passkey WHERE person = ?');
	const identities = sql.prepare('SELECT * FROM person_identity WHERE person = coalesce(?, person) ORDER BY added');
	const known = sql.prepare(
		'SELECT 1 FROM person_identity WHERE issuer = ? AND (subject = ? OR email = ?) AND person <> ?',
	);
	const link = sql.prepare('INSERT INTO person_identity (person, issuer, subject, email, at) VALUES (?, ?, ?, ?, ?)');
	const replaced = sql.prepare('DELETE FROM person_identity WHERE person = ? AND issuer = ?');
	const useIdentity = sql.prepare(
		`UPDATE person_identity SET subject = ?3, step = ?4, used = ?5
		WHERE person = ?1 AND issuer = ?2 AND coalesce(subject, ?3) = ?3`,
	);
	const unlink = sql.prepare('DELETE FROM person_identity WHERE person = ?');
	const removeSessions = sql.prepare('DELETE FROM person_session WHERE person = ?');
	const passkeys = sql.prepare('SELECT * FROM passkey WHERE person = coalesce(?, person) ORDER BY added');
	const passkey = sql.prepare('SELECT * FROM passkey WHERE id = ?');
	const use = sql.prepare('UPDATE passkey SET counter = ?, used = ? WHERE id = ?');

	return {
		putInvitation: async ({ person, hash, role, expires }) =>
			db.write('keep an invitation', () => {
				putInvitation.run(person, hash, role, expires);
			}),
		invitation: async (hash) =>
			db.read('look for an invitation', () => {
				const row = invitation.get(hash);
				return row === undefined ? null : toInvitation(row);
			}),
		invitations: async () => db.read('list invitations', () => invitations.all().map(toInvitation)),
		enrolPerson: async (hash, given) =>
			db.write('enrol a person', () => {
				const row = invitation.get(hash);
				if (row === undefined || passkey.get(given.id) !== undefined) return false;
				const { person, role } = toInvitation(row);
				const { id, key, counter, hardware, attestation, at, used } = given;
				spend.run(person);
				putPerson.run(person, role, at);
				putPasskey.run(id, person, key, counter, hardware ? 1 : 0, attestation, at, used);
				return true;
			}),
		people: async () => db.read('list people', () => people.all(null).map(toPerson)),
		person: async (name) =>
			db.read('look for a person', () => {
				const [row] = people.all(name);
				return row === undefined ? null : toPerson(row);
			}),
		setRole: async (name, role) =>
			db.write("change a person's role", () => Number(setRole.run(role, name).changes) > 0),
		removePerson: async (name) =>
			db.write('remove a person', () => {
				removePasskeys.run(name);
				unlink.run(name);
				removeSessions.run(name);
				const invited = Number(spend.run(name).changes) > 0;
				return Number(removePerson.run(name).changes) > 0 || invited;
			}),
		passkeys: async (person) => db.read('list passkeys', () => passkeys.all(person ?? null).map(toPasskey)),
		passkey: async (id) =>
			db.read('look for a passkey', () => {
				const row = passkey.get(id);
				return row === undefined ? null : toPasskey(row);
			}),
		usePasskey: async (id, counter, at) =>
			db.write('note the use of a passkey', () => {
				use.run(counter, at, id);
			}),
		linkIdentity: async ({ person, issuer, subject, email, at }, role) =>
			db.write('link an identity', () => {
				if (known.get(issuer, subject, email, person) !== undefined) return false;
				putPerson.run(person, role, at);
				replaced.run(person, issuer);
				link.run(person, issuer, subject, email, at);
				return true;
			}),
		identities: async (person) => db.read('list identities', () => identities.all(person ?? null).map(toIdentity)),
		useIdentity: async ({ person, issuer }, subject, step, at) =>
			db.write(
				'note the use of an identity',
				() => Number(useIdentity.run(person, issuer, subject, step, at).changes) > 0,
			),
	};
};
