import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgePerson, usualPersonTerms } from '@keyward/core/authorize';
import type { Passkey, PersonRole } from '@keyward/core/port';
import { openMemoryStore } from '@keyward/store/memory';
import { digestOf, openApprovals } from './approvals.ts';
import { createPeopleEvidence, credentialOf } from './people-evidence.ts';
import { openPersonSessions } from './sessions.ts';

const clock = { now: () => 3_600_000_000 };
const input = { person: 'dora' };
const digest = digestOf('person.remove', input);

test('an approval counts while who gave it is still there and may do the same, whatever was kept of it', async () => {
	const store = openMemoryStore();
	const add = (person: string, role: PersonRole) =>
		store.linkIdentity({ person, issuer: 'https://login', subject: person, email: null, at: 0 }, role);
	for (const person of ['anna', 'ben', 'carl']) await add(person, 'owner');
	const approvals = await openApprovals(store, clock);
	const sessions = await openPersonSessions(store, clock, usualPersonTerms);
	const policies = { epochs: () => [], mustHave: () => assert.fail(), policyOf: () => null };
	const evidence = createPeopleEvidence(store, policies, sessions, approvals);
	const approvedBy = async (): Promise<string | null> =>
		(await evidence.gather({ kind: 'operator', login: 'root' }, 'person.remove', input)).dual.approvedBy;
	const call = { operation: 'person.remove', asks: 'operator root', digest, input: '{}' };
	const approve = async (by: string): Promise<void> => {
		await approvals.decide(await approvals.request(call), by, true);
	};

	await approve('person ben');
	assert.equal(await approvedBy(), 'person ben');
	// As a crash leaves it between the change of the role and the end of the approval.
	await store.setRole('ben', 'auditor');
	assert.equal(await approvedBy(), null);
	await approve('person carl');
	assert.equal(await approvedBy(), 'person carl');
	await store.removePerson('carl');
	assert.equal(await approvedBy(), null);
	await approve('operator nina');
	assert.equal(await approvedBy(), 'operator nina', 'whom no role makes what they are');
});

test('a session speaks for its person while its passkey or identity does, and not for another of the same name', async () => {
	const store = openMemoryStore();
	const sessions = await openPersonSessions(store, clock, usualPersonTerms);
	const policies = { epochs: () => [], mustHave: () => assert.fail(), policyOf: () => null };
	const evidence = createPeopleEvidence(store, policies, sessions, await openApprovals(store, clock));
	const place = { from: 'local', browser: 'Firefox on Linux' };
	const refused = async (session: string): Promise<string | null> => {
		const { person } = await evidence.gather({ kind: 'person', session, link: null, place }, 'session.self', {});
		assert.ok(person !== null);
		return judgePerson(person, clock.now())?.code ?? null;
	};
	const join = async (id: string): Promise<void> => {
		const passkey: Omit<Passkey, 'person'> = {
			...{ id, key: Uint8Array.of(1), counter: 0, hardware: false, attestation: null, at: 0, used: 0 },
		};
		await store.putInvitation({ hash: Uint8Array.of(1), person: 'anna', role: 'owner', expires: clock.now() + 1 });
		await store.enrolPerson(Uint8Array.of(1), passkey);
	};
	const identity = { person: 'anna', issuer: 'https://login', subject: 'anna-1', email: null, at: 0 };
	const open = (session: string, credential: string | null): Promise<void> =>
		sessions.open(session, { person: 'anna', step: 'passkey', ...place, credential });

	await join('old');
	await store.linkIdentity(identity, 'owner');
	await open('by passkey', 'old');
	await open('by identity', credentialOf(identity));
	await open('of before it was kept', null);
	assert.deepEqual(await Promise.all(['by passkey', 'by identity'].map(refused)), [null, null]);
	assert.equal(await refused('of before it was kept'), 'not-authenticated');
	// As a sign-in under way leaves it: its session is opened after those of the person were ended.
	await store.removePerson('anna');
	await join('new');
	await store.linkIdentity({ ...identity, subject: 'anna-2' }, 'owner');
	assert.deepEqual(await Promise.all(['by passkey', 'by identity'].map(refused)), [
		'not-authenticated',
		'not-authenticated',
	]);
	await open('by the new passkey', 'new');
	assert.equal(await refused('by the new passkey'), null);
});
