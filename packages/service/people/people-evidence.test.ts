import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usualPersonTerms } from '@keyward/core/authorize';
import type { PersonRole } from '@keyward/core/port';
import { openMemoryStore } from '@keyward/store/memory';
import { digestOf, openApprovals } from './approvals.ts';
import { createPeopleEvidence } from './people-evidence.ts';
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
