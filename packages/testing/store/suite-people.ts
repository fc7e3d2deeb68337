import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Invitation, Passkey } from '@keyward/core/port';
import { type OpenStore, withStore } from './suite-place.ts';

const hashOf = (first: number): Uint8Array => Uint8Array.from({ length: 32 }, () => first);

const invitation: Invitation = { hash: hashOf(1), person: 'anna', role: 'owner', expires: 50 };

const passkey: Omit<Passkey, 'person'> = {
	...{ id: 'AQID', key: Uint8Array.of(1, 2, 3), counter: 0, hardware: false, attestation: null, at: 7, used: 7 },
};

/** People, their passkeys and invitations. */
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
};
