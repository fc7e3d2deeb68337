import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApprovalRequest, Invitation, Passkey, StoredPersonSession } from '@keyward/core/port';
import { type OpenStore, withStore } from './suite-place.ts';

const hashOf = (first: number): Uint8Array => Uint8Array.from({ length: 32 }, () => first);

const invitation: Invitation = { hash: hashOf(1), person: 'anna', role: 'owner', expires: 50 };

const passkey: Omit<Passkey, 'person'> = {
	...{ id: 'AQID', key: Uint8Array.of(1, 2, 3), counter: 0, hardware: false, attestation: null, at: 7, used: 7 },
};

const session: StoredPersonSession = {
	...{
		number: 2,
		hash: 'aa',
		person: 'anna',
		step: 'passkey-hardware',
		from: '10.0.0.1',
		browser: 'Firefox on Linux',
		credential: 'AQID',
		opened: 5,
		seen: 6,
	},
};
const request: ApprovalRequest = {
	...{ number: 4, operation: 'policy.apply', asks: 'person anna', at: 5, expires: 9, approvedBy: null },
	...{ digest: 'dd', input: '{}' },
};

/** People, their passkeys, invitations, sessions and approvals. */
export const peopleSuite = (name: string, open: OpenStore): void => {
	test(`${name}: an invitation makes one person with one passkey, once`, () =>
		withStore(open, async (store) => {
			await store.putInvitation(invitation);
			assert.deepEqual(await store.invitation(hashOf(1)), invitation);
			assert.equal(await store.invitation(hashOf(2)), null);
			assert.equal(await store.enrolPerson(hashOf(2), passkey), false);
			assert.equal(await store.enrolPerson(hashOf(1), passkey), true);
			assert.equal(await store.enrolPerson(hashOf(1), { ...passkey, id: 'BBBB' }), false, 'spent');
			assert.deepEqual(await store.people(), [{ name: 'anna', role: 'owner', at: 7 }]);
			assert.deepEqual(await store.passkeys(), [{ ...passkey, person: 'anna' }]);
			assert.deepEqual(await store.invitations(), []);
		}));

	test(`${name}: a later invitation replaces the earlier; a passkey is one person's, and a person keeps their role`, () =>
		withStore(open, async (store) => {
			await store.putInvitation({ ...invitation, hash: hashOf(9) });
			await store.putInvitation(invitation);
			assert.equal(await store.invitation(hashOf(9)), null);
			await store.enrolPerson(hashOf(1), passkey);
			await store.putInvitation({ ...invitation, hash: hashOf(3), person: 'ben', role: 'auditor' });
			assert.equal(await store.enrolPerson(hashOf(3), passkey), false, "anna's passkey");
			assert.equal(await store.person('ben'), null);
			assert.equal((await store.invitations()).length, 1, 'not spent by a refusal');
			await store.putInvitation({ ...invitation, hash: hashOf(4), role: 'reader' });
			const second = { ...passkey, id: 'BBBB', hardware: true, attestation: Uint8Array.of(9), at: 8 };
			assert.equal(await store.enrolPerson(hashOf(4), second), true);
			assert.deepEqual(await store.person('anna'), { name: 'anna', role: 'owner', at: 7 });
			assert.deepEqual(await store.passkeys('anna'), [
				{ ...passkey, person: 'anna' },
				{ ...second, person: 'anna' },
			]);
		}));

	test(`${name}: role, use and removal`, () =>
		withStore(open, async (store) => {
			await store.putInvitation(invitation);
			await store.enrolPerson(hashOf(1), passkey);
			assert.equal(await store.setRole('anna', 'auditor'), true);
			assert.equal(await store.setRole('ben', 'auditor'), false);
			await store.usePasskey('AQID', 5, 9);
			const used = await store.passkey('AQID');
			assert.deepEqual([used?.counter, used?.used], [5, 9]);
			await store.putInvitation({ ...invitation, hash: hashOf(5), person: 'ben' });
			assert.equal(await store.removePerson('ben'), true);
			assert.equal(await store.invitation(hashOf(5)), null);
			assert.equal(await store.removePerson('anna'), true);
			assert.equal(await store.removePerson('anna'), false);
			assert.deepEqual([await store.people(), await store.passkeys()], [[], []]);
		}));

	test(`${name}: sessions are kept, seen and dropped, and end with their person`, () =>
		withStore(open, async (store) => {
			await store.putInvitation(invitation);
			await store.enrolPerson(hashOf(1), passkey);
			const other = { ...session, number: 1, hash: 'bb', step: 'password' as const };
			await store.putPersonSession(session);
			await store.putPersonSession(other);
			await store.putPersonSession({ ...session, number: 3, hash: 'cc', person: 'ben' });
			await store.seePersonSession(2, 8);
			await store.seePersonSession(9, 8);
			const [ben] = (await store.personSessions()).slice(2);
			assert.deepEqual(await store.personSessions(), [other, { ...session, seen: 8 }, ben]);
			await store.dropPersonSessions([1, 9]);
			assert.deepEqual(
				(await store.personSessions()).map(({ number }) => number),
				[2, 3],
			);
			await store.removePerson('anna');
			assert.deepEqual(await store.personSessions(), [ben]);
		}));

	test(`${name}: approvals and overrides are kept; a restore ends them, and every session`, () =>
		withStore(open, async (store) => {
			const before = { ...request, number: 3 };
			await store.putApprovalRequest(request);
			await store.putApprovalRequest(before);
			await store.putApprovalRequest({ ...request, approvedBy: 'person ben', expires: 7 });
			assert.deepEqual(await store.approvalRequests(), [before, { ...request, approvedBy: 'person ben', expires: 7 }]);
			await store.dropApprovalRequests([3]);
			assert.deepEqual(
				(await store.approvalRequests()).map(({ number }) => number),
				[4],
			);
			await store.putOverride({ who: 'operator b', until: 4, reason: 'old' }, 1);
			await store.putOverride({ who: 'operator a', until: 9, reason: 'first' }, 4);
			await store.putOverride({ who: 'operator a', until: 8, reason: 'second' }, 4);
			assert.deepEqual(await store.overrides(), [{ who: 'operator a', until: 8, reason: 'second' }]);
			await store.putPersonSession(session);
			await store.beginGeneration(1);
			assert.deepEqual(
				[await store.personSessions(), await store.approvalRequests(), await store.overrides()],
				[[], [], []],
			);
		}));

	test(`${name}: an identity makes its person, is one person's, and keeps the subject of its first sign-in`, () =>
		withStore(open, async (store) => {
			const anna = { person: 'anna', issuer: 'https://a', subject: null, email: 'anna@a', at: 5 };
			const fresh = { used: null, step: null };
			assert.equal(await store.linkIdentity(anna, 'owner'), true);
			assert.deepEqual(await store.people(), [{ name: 'anna', role: 'owner', at: 5 }]);
			assert.equal(await store.linkIdentity({ ...anna, person: 'ben' }, 'owner'), false, "anna's address");
			assert.equal(await store.person('ben'), null);
			const ben = { person: 'ben', issuer: 'https://a', subject: '1', email: null, at: 6 };
			assert.equal(await store.linkIdentity(ben, 'auditor'), true);
			assert.equal(await store.linkIdentity({ ...ben, person: 'carl' }, 'auditor'), false, "ben's subject");
			assert.equal(await store.linkIdentity({ ...ben, issuer: 'https://b', person: 'carl' }, 'auditor'), true);
			assert.equal(await store.useIdentity(anna, '7', 'second-factor', 9), true);
			const used = { ...anna, subject: '7', used: 9, step: 'second-factor' };
			assert.deepEqual(await store.identities('anna'), [used]);
			assert.equal(await store.useIdentity(anna, '8', 'password', 10), false, 'another subject');
			assert.deepEqual(await store.identities('anna'), [used]);
			assert.deepEqual(await store.identities('ben'), [{ ...ben, ...fresh }]);
			await store.removePerson('anna');
			assert.equal((await store.identities()).length, 2);
		}));
};
