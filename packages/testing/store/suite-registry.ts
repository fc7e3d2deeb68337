import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Intent, IssuedCertificate, RevokedCertificate } from '@keyward/core/port';
import { type OpenStore, rejects, withStore } from './suite-place.ts';

import { admit, bytes, certificate, desk, expected, intent, mast, moveTo, probe, token } from './registry.ts';

export const registrySuite = (name: string, open: OpenStore): void => {
	test(`${name}: principals are expected, listed and moved`, () =>
		withStore(open, async (store) => {
			assert.equal(await store.principal(probe), null);
			for (const [i, each] of [probe, desk, mast].entries()) await store.expect(expected(each), token(each, i));
			assert.deepEqual(await store.principal(desk), expected(desk));
			assert.deepEqual(
				await store.principals(),
				[probe, desk, mast].map((each) => expected(each)),
			);
			assert.deepEqual(await store.principals('weather'), [expected(mast)]);
			await moveTo(store, probe, 'retired', 9);
			assert.deepEqual(await store.principal(probe), { ...expected(probe), state: 'retired', at: 9 });
			assert.deepEqual(await store.principal(mast), expected(mast));
			await rejects(moveTo(store, { ...probe, id: 'gone' }, 'active', 9), 'device-unknown');
			await rejects(moveTo(store, { ...desk, id: 'gone' }, 'active', 9), 'reader-unknown');
			await store.expect(expected(probe, 11), token(probe, 9));
			assert.deepEqual(await store.principals('hall'), [expected(probe, 11), expected(desk)]);
		}));

	test(`${name}: expecting again voids the token before, and an active device is not expected`, () =>
		withStore(open, async (store) => {
			await store.expect(expected(probe), token(probe, 1));
			await store.expect(expected(desk), token(desk, 2));
			await store.expect(expected(probe, 2), token(probe, 3));
			assert.equal(await store.token(bytes(1)), null);
			assert.deepEqual(await store.token(bytes(2)), token(desk, 2));
			assert.deepEqual(await store.token(bytes(3)), token(probe, 3));
			await rejects(store.expect(expected(mast), token(mast, 2)), 'store-failed');
			assert.equal(await store.principal(mast), null);
			await moveTo(store, probe, 'active', 3);
			await rejects(store.expect(expected(probe, 4), token(probe, 4)), 'device-exists');
			assert.deepEqual(await store.principal(probe), { ...expected(probe), state: 'active', at: 3 });
			assert.equal(await store.token(bytes(4)), null);
		}));

	test(`${name}: a key is registered once for a purpose, and ends when its principal is expected again`, () =>
		withStore(open, async (store) => {
			for (const [i, each] of [probe, desk].entries()) await store.expect(expected(each), token(each, i));
			const key = (number: number) => ({ purpose: 'stream' as const, key: bytes(number), at: number });
			assert.deepEqual(await store.registeredKeys(probe), []);
			await store.registerKey(probe, key(1));
			await store.registerKey(probe, { ...key(1), at: 9 });
			await store.registerKey(probe, { ...key(2), purpose: 'agreement' });
			assert.deepEqual(await store.registeredKeys(probe), [key(1), { ...key(2), purpose: 'agreement' }]);
			await rejects(store.registerKey(probe, key(3)), 'key-registered');
			await rejects(store.registerKey(desk, key(1)), 'key-seen-before');
			assert.deepEqual(await store.registeredKeys(desk), []);
			await store.expect(expected(probe, 2), token(probe, 3));
			assert.deepEqual(await store.registeredKeys(probe), []);
			await rejects(store.registerKey(probe, key(1)), 'key-seen-before');
			await store.registerKey(probe, key(4));
			assert.deepEqual(await store.registeredKeys(probe), [key(4)]);
		}));

	test(`${name}: a token is spent for one key, by its principal alone`, () =>
		withStore(open, async (store) => {
			await store.expect(expected(probe), token(probe, 1));
			await store.expect(expected(desk), token(desk, 2));
			const by = { token: bytes(1) };
			await rejects(store.intend(intent(desk, '01', 7, by)), 'token-unknown');
			await rejects(store.intend(intent(probe, '01', 7, { token: bytes(99) })), 'token-unknown');
			assert.deepEqual(await store.token(bytes(1)), token(probe, 1));
			const first = intent(probe, '01', 7, by);
			await store.intend(first);
			assert.deepEqual((await store.token(bytes(1)))?.spentFor, bytes(7));
			const again = intent(probe, '02', 7, by);
			await store.intend(again);
			await rejects(store.intend(intent(probe, '03', 8, by)), 'token-spent');
			await rejects(store.intend(intent(desk, '02', 9, { token: bytes(2) })), 'store-failed');
			assert.deepEqual(await store.token(bytes(2)), token(desk, 2), 'a refused intent spends nothing');
			assert.deepEqual(await store.openIntents(), [first, again]);
			assert.deepEqual(await store.holders(bytes(7)), [probe]);
			assert.deepEqual(await store.holders(bytes(8)), []);
			await store.abandon('01');
			await store.abandon('01');
			await store.abandon('ff');
			assert.deepEqual(await store.openIntents(), [again]);
			await rejects(store.intend(first), 'store-failed');
			await rejects(store.issue(certificate(first, 20)), 'device-not-expected');
			await store.expect(expected(probe, 3), token(probe, 3));
			assert.equal(await store.token(bytes(1)), null, 'a spent token of before is void');
			assert.deepEqual(await store.openIntents(), [], 'and what it had begun is given up');
			await rejects(store.issue(certificate(again, 21)), 'device-not-expected');
			await rejects(store.intend(intent(probe, '04', 7, by)), 'token-unknown');
			await store.intend(intent(probe, '05', 8, { token: bytes(3) }));
		}));

	test(`${name}: a certificate closes its intent once, and commissions an expected device`, () =>
		withStore(open, async (store) => {
			await store.expect(expected(probe), token(probe, 1));
			const wanted = intent(probe, '0a', 7, { token: bytes(1) });
			await rejects(store.issue(certificate(wanted, 20)), 'store-failed');
			await store.intend(wanted);
			await rejects(store.issue({ ...certificate(wanted, 20), key: bytes(8) }), 'store-failed');
			await rejects(store.issue({ ...certificate(wanted, 20), principal: mast }), 'store-failed');
			await store.issue(certificate(wanted, 20));
			assert.deepEqual(await store.openIntents(), []);
			assert.deepEqual(await store.principal(probe), { ...expected(probe), state: 'commissioned', at: 50 });
			const renewal = intent(probe, '0b', 8, { certificate: bytes(20) });
			await store.intend(renewal);
			await moveTo(store, probe, 'retired', 60);
			await store.issue(certificate(wanted, 20));
			assert.equal((await store.principal(probe))?.state, 'retired');
			assert.deepEqual(await store.openIntents(), [renewal]);
			await rejects(store.intend(intent(probe, '0c', 8, { certificate: bytes(20) })), 'device-not-expected');
			await store.issue(certificate(renewal, 21));
			assert.equal((await store.principal(probe))?.state, 'retired', 'a retired device stays retired');
			assert.deepEqual(await store.certificates(probe), [certificate(wanted, 20), certificate(renewal, 21)]);
			assert.deepEqual(await store.certificates(mast), []);
			assert.deepEqual(await store.certificate(bytes(21)), certificate(renewal, 21));
			assert.equal(await store.certificate(bytes(22)), null);
		}));

	test(`${name}: a renewal moves its principal as the lifecycle says, whatever becomes of it`, () =>
		withStore(open, async (store) => {
			await admit(store, probe);
			const state = async (): Promise<string | undefined> => (await store.principal(probe))?.state;
			assert.equal(await state(), 'commissioned');
			const renew = (serial: string, key: number): Intent => intent(probe, serial, key, { certificate: bytes(20) });
			await store.intend(renew('0b', 7));
			assert.equal(await state(), 'renewing');
			await store.abandon('0b');
			assert.equal(await state(), 'active');
			await store.intend(renew('0c', 7));
			await store.issue(certificate(renew('0c', 7), 21));
			assert.equal(await state(), 'active', 'the same key');
			await store.intend(renew('0d', 8));
			await store.issue(certificate(renew('0d', 8), 22));
			assert.equal(await state(), 're-keyed', 'another key');
			await store.intend(renew('0e', 8));
			await moveTo(store, probe, 'quarantined', 60);
			await store.issue(certificate(renew('0e', 8), 23));
			assert.equal(await state(), 'quarantined', 'what an operator decided meanwhile stands');
			await rejects(store.expect(expected(probe), token(probe, 9)), 'device-exists');
		}));

	test(`${name}: holders of a key are named once each`, () =>
		withStore(open, async (store) => {
			await admit(store, probe);
			await store.expect(expected(mast), token(mast, 5));
			await store.intend(intent(mast, '0c', 7, { token: bytes(5) }), [probe]);
			await store.intend(intent(probe, '0d', 7, { certificate: bytes(20) }), [mast]);
			assert.deepEqual(await store.holders(Uint8Array.from(bytes(7))), [probe, mast]);
			await store.abandon('0c');
			assert.deepEqual(await store.holders(bytes(7)), [probe]);
		}));

	test(`${name}: the first revocation stands`, () =>
		withStore(open, async (store) => {
			const issued = await admit(store, probe);
			await rejects(store.revoke(bytes(99), { at: 1, cause: 'unspecified', reason: 'lost' }), 'certificate-unknown');
			await store.revoke(issued.fingerprint, { at: 70, cause: 'keyCompromise', reason: 'stolen' });
			await store.revoke(issued.fingerprint, { at: 80, cause: 'cessationOfOperation', reason: 'retired' });
			const revoked = { ...issued, revoked: { at: 70, cause: 'keyCompromise', reason: 'stolen' } } as const;
			assert.deepEqual(await store.certificate(issued.fingerprint), revoked);
			await store.issue(issued);
			assert.deepEqual(await store.certificate(issued.fingerprint), revoked, 'issuing again does not unrevoke');
			assert.deepEqual(await store.holders(bytes(7)), [probe]);
		}));

	test(`${name}: revoked certificates are listed until they end, and found by serial`, () =>
		withStore(open, async (store) => {
			const issued: IssuedCertificate[] = [];
			for (const [i, principal] of [probe, desk, mast, probe].entries()) {
				if (i < 3) await store.expect(expected(principal), token(principal, i));
				const wanted = intent(principal, `0${i}`, 7 + (i % 3), { token: bytes(i % 3) });
				await store.intend(wanted);
				issued.push({ ...certificate(wanted, 30 + i), notAfter: 2000 - i });
			}
			for (const each of issued) await store.issue(each);
			const [first, second, third, fourth] = issued;
			assert(first && second && third && fourth);
			assert.deepEqual(await store.certificateBySerial('02'), third);
			assert.equal(await store.certificateBySerial('2'), null);
			assert.deepEqual(await store.revoked('hall', 0), []);
			const revocation = { at: 5, cause: 'privilegeWithdrawn', reason: 'moved' } as const;
			for (const each of [fourth, third, first]) await store.revoke(each.fingerprint, revocation);
			const revoked = ({ serial, notAfter, der }: IssuedCertificate): RevokedCertificate => ({
				serial,
				notAfter,
				der,
				revoked: revocation,
			});
			assert.deepEqual(await store.revoked('hall', 0), [revoked(first), revoked(fourth)]);
			assert.deepEqual(await store.revoked('hall', 1996), [revoked(first), revoked(fourth)]);
			assert.deepEqual(await store.revoked('hall', 1997), [revoked(first)]);
			assert.deepEqual(await store.revoked('weather', 0), [revoked(third)]);
			assert.deepEqual(await store.certificateBySerial('00'), { ...first, revoked: revocation });
		}));

	test(`${name}: voiding tokens leaves the spent ones spent`, () =>
		withStore(open, async (store) => {
			for (const [i, each] of [probe, desk, mast].entries()) await store.expect(expected(each), token(each, i + 1));
			await store.intend(intent(desk, '01', 7, { token: bytes(2) }));
			assert.equal(await store.voidTokens(), 2);
			assert.equal(await store.voidTokens(), 0);
			assert.equal(await store.token(bytes(1)), null);
			assert.deepEqual((await store.token(bytes(2)))?.spentFor, bytes(7));
			await rejects(store.intend(intent(probe, '02', 8, { token: bytes(1) })), 'token-unknown');
			await rejects(store.intend(intent(desk, '03', 8, { token: bytes(2) })), 'token-spent');
			assert.equal((await store.principal(mast))?.state, 'expected');
		}));
};
