import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fact } from '@keyward/core/policy';
import type { Grant, Intent, IssuedCertificate, Principal, PrincipalName, Store, Token } from '@keyward/core/port';
import { type OpenStore, rejects, withStore } from './suite-place.ts';

const bytes = (seed: number): Uint8Array => new Uint8Array(32).fill(seed);
const probe: PrincipalName = { kind: 'device', application: 'hall', id: 'gamma-1' };
/** The same id as another kind and in another application: other principals. */
const desk: PrincipalName = { kind: 'reader', application: 'hall', id: 'gamma-1' };
const mast: PrincipalName = { kind: 'device', application: 'weather', id: 'gamma-1' };

const expected = (name: PrincipalName, at = 1): Principal => ({
	...name,
	class: name.kind === 'device' ? 'gamma-probe' : null,
	state: 'expected',
	at,
});
const token = (principal: PrincipalName, seed: number): Token => ({
	hash: bytes(seed),
	principal,
	expires: 1000,
	spentFor: null,
});
const intent = (principal: PrincipalName, serial: string, key: number, by: Intent['by']): Intent => ({
	serial,
	principal,
	key: bytes(key),
	custody: 'software',
	toBeSigned: Uint8Array.of(0x30, 0),
	at: 50,
	by,
});
const certificate = ({ serial, principal, key }: Intent, seed: number): IssuedCertificate => ({
	fingerprint: bytes(seed),
	serial,
	principal,
	key,
	notBefore: 10,
	notAfter: 2000,
	der: Uint8Array.of(0x30, 1, seed),
	revoked: null,
});

/** A device with a certificate. */
const admit = async (store: Store, name: PrincipalName): Promise<IssuedCertificate> => {
	await store.expect(expected(name), token(name, 1));
	const wanted = intent(name, '0a', 7, { token: bytes(1) });
	await store.intend(wanted);
	await store.issue(certificate(wanted, 20));
	return certificate(wanted, 20);
};

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
			await store.setState(probe, 'retired', 9);
			assert.deepEqual(await store.principal(probe), { ...expected(probe), state: 'retired', at: 9 });
			assert.deepEqual(await store.principal(mast), expected(mast));
			await rejects(store.setState({ ...probe, id: 'gone' }, 'active', 9), 'device-unknown');
			await rejects(store.setState({ ...desk, id: 'gone' }, 'active', 9), 'reader-unknown');
			await store.expect(expected(probe, 11), token(probe, 9));
			assert.deepEqual(await store.principals('hall'), [expected(probe, 11), expected(desk)]);
		}));

	test(`${name}: expecting anew voids the token before, and an active device is not expected`, () =>
		withStore(open, async (store) => {
			await store.expect(expected(probe), token(probe, 1));
			await store.expect(expected(desk), token(desk, 2));
			await store.expect(expected(probe, 2), token(probe, 3));
			assert.equal(await store.token(bytes(1)), null);
			assert.deepEqual(await store.token(bytes(2)), token(desk, 2));
			assert.deepEqual(await store.token(bytes(3)), token(probe, 3));
			await rejects(store.expect(expected(mast), token(mast, 2)), 'store-failed');
			assert.equal(await store.principal(mast), null);
			await store.setState(probe, 'active', 3);
			await rejects(store.expect(expected(probe, 4), token(probe, 4)), 'device-exists');
			assert.deepEqual(await store.principal(probe), { ...expected(probe), state: 'active', at: 3 });
			assert.equal(await store.token(bytes(4)), null);
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
			await rejects(store.issue(certificate(first, 20)), 'store-failed');
			await store.expect(expected(probe, 3), token(probe, 3));
			assert.deepEqual((await store.token(bytes(1)))?.spentFor, bytes(7), 'a spent token is kept');
		}));

	test(`${name}: a certificate closes its intent once, and makes an expected device active`, () =>
		withStore(open, async (store) => {
			await store.expect(expected(probe), token(probe, 1));
			const wanted = intent(probe, '0a', 7, { token: bytes(1) });
			await rejects(store.issue(certificate(wanted, 20)), 'store-failed');
			await store.intend(wanted);
			await store.expect(expected(probe), token(probe, 2));
			await rejects(store.issue({ ...certificate(wanted, 20), key: bytes(8) }), 'store-failed');
			await rejects(store.issue({ ...certificate(wanted, 20), principal: mast }), 'store-failed');
			await store.issue(certificate(wanted, 20));
			assert.deepEqual(await store.openIntents(), []);
			assert.deepEqual(await store.principal(probe), { ...expected(probe), state: 'active', at: 50 });
			assert.equal(await store.token(bytes(2)), null, 'no second key beside the first');
			await store.setState(probe, 'retired', 60);
			await store.issue(certificate(wanted, 20));
			assert.equal((await store.principal(probe))?.state, 'retired');
			const renewal = intent(probe, '0b', 8, { certificate: bytes(20) });
			await store.intend(renewal);
			assert.deepEqual(await store.openIntents(), [renewal]);
			await store.issue(certificate(renewal, 21));
			assert.equal((await store.principal(probe))?.state, 'retired', 'a retired device stays retired');
			assert.deepEqual(await store.certificates(probe), [certificate(wanted, 20), certificate(renewal, 21)]);
			assert.deepEqual(await store.certificates(mast), []);
			assert.deepEqual(await store.certificate(bytes(21)), certificate(renewal, 21));
			assert.equal(await store.certificate(bytes(22)), null);
		}));

	test(`${name}: holders of a key are named once each`, () =>
		withStore(open, async (store) => {
			await admit(store, probe);
			await store.expect(expected(mast), token(mast, 5));
			await store.intend(intent(mast, '0c', 7, { token: bytes(5) }));
			await store.intend(intent(probe, '0d', 7, { certificate: bytes(20) }));
			assert.deepEqual(await store.holders(Uint8Array.from(bytes(7))), [probe, mast]);
			await store.abandon('0c');
			assert.deepEqual(await store.holders(bytes(7)), [probe]);
		}));

	test(`${name}: the first revocation stands`, () =>
		withStore(open, async (store) => {
			const issued = await admit(store, probe);
			await rejects(store.revoke(bytes(99), 1, 'lost'), 'certificate-unknown');
			await store.revoke(issued.fingerprint, 70, 'stolen');
			await store.revoke(issued.fingerprint, 80, 'retired');
			const revoked = { ...issued, revoked: { at: 70, reason: 'stolen' } };
			assert.deepEqual(await store.certificate(issued.fingerprint), revoked);
			await store.issue(issued);
			assert.deepEqual(await store.certificate(issued.fingerprint), revoked, 'issuing again does not unrevoke');
			assert.deepEqual(await store.holders(bytes(7)), [probe]);
		}));

	test(`${name}: grants begin and end`, () =>
		withStore(open, async (store) => {
			const grant: Grant = {
				id: 'g1',
				application: 'hall',
				reader: 'desk',
				device: '*',
				stream: 'dose-rate',
				purpose: 'watch',
				from: 1,
				expires: 100,
				ended: null,
			};
			await store.putGrant(grant);
			await store.putGrant({ ...grant, id: 'g0', application: 'weather' });
			await rejects(store.putGrant({ ...grant, reader: 'stranger' }), 'store-failed');
			assert.equal(await store.endGrant('g2', 5), false);
			assert.equal(await store.endGrant('g1', 5), true);
			assert.equal(await store.endGrant('g1', 6), false);
			assert.deepEqual(await store.grants('hall'), [{ ...grant, ended: 5 }]);
			assert.deepEqual(
				(await store.grants()).map(({ id }) => id),
				['g1', 'g0'],
			);
		}));

	test(`${name}: policies count their epochs`, () =>
		withStore(open, async (store) => {
			assert.deepEqual(await store.policies(), []);
			await store.putPolicy('weather', 'w1', 1);
			await store.putPolicy('hall', 'h1', 2);
			const second = await store.putPolicy('hall', 'h2', 3);
			assert.deepEqual(second, { application: 'hall', epoch: 2, text: 'h2', at: 3 });
			assert.deepEqual(await store.policies(), [second, { application: 'weather', epoch: 1, text: 'w1', at: 1 }]);
		}));

	test(`${name}: a fact replaces the one before of the same subject, claim and source`, () =>
		withStore(open, async (store) => {
			const fact: Fact = {
				subject: { kind: 'device', application: 'hall', id: 'gamma-1' },
				claim: 'key-custody',
				value: 'hardware',
				strength: 'claimed',
				source: 'registrar',
				at: 1,
				until: 9,
			};
			const site: Fact = {
				...fact,
				subject: { kind: 'service', application: '', id: '' },
				claim: 'ledger',
				value: true,
			};
			const { subject, claim, source } = fact;
			const newer: Fact = { subject, claim, source, value: 3, at: 2, strength: 'attested' };
			await store.putFacts([fact, site, { ...fact, source: 'maker' }]);
			await store.putFacts([newer]);
			assert.deepEqual(await store.facts(), [newer, site, { ...fact, source: 'maker' }]);
			assert.deepEqual(await store.facts(''), [site]);
			assert.deepEqual(await store.facts('hall'), [newer, { ...fact, source: 'maker' }]);
		}));
};
