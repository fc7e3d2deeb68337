import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fact } from '@keyward/core/policy';
import type { IssuedCertificate, Principal, RevokedCertificate, Token } from '@keyward/core/port';
import { admit, bytes, certificate, desk, expected, intent, mast, moveTo, probe, token } from './registry.ts';
import { type OpenStore, rejects, withStore } from './suite-place.ts';

/** Where the probe goes. */
const there = (): { principal: Principal; token: Token } => ({ principal: expected(mast, 70), token: token(mast, 9) });

/** How principals and older keys end. */
export const endsSuite = (name: string, open: OpenStore): void => {
	test(`${name}: ending moves, revokes, voids and gives up together; done again, it finishes the rest`, () =>
		withStore(open, async (store) => {
			const first = await admit(store, probe);
			const rekey = intent(probe, '0b', 8, { certificate: bytes(20) });
			await store.intend(rekey);
			const second = certificate(rekey, 21);
			await store.issue(second);
			const waiting = intent(probe, '0c', 9, { certificate: bytes(21) });
			await store.intend(waiting);
			const revoked = { at: 70, cause: 'keyCompromise', reason: 'stolen' } as const;
			const named = ({ serial, notAfter, der }: IssuedCertificate): RevokedCertificate => ({
				...{ serial, notAfter, der, revoked },
			});
			assert.deepEqual(await store.retire(probe, revoked), [named(first), named(second)]);
			assert.deepEqual(await store.principal(probe), { ...expected(probe), state: 'retired', at: 70 });
			assert.deepEqual(await store.certificates(probe), [
				{ ...first, revoked },
				{ ...second, revoked },
			]);
			assert.equal(await store.token(bytes(1)), null, 'the spent token too');
			assert.deepEqual(await store.openIntents(), []);
			await rejects(store.issue(certificate(waiting, 22)), 'device-not-expected');
			await rejects(store.intend(intent(probe, '0d', 8, { certificate: bytes(21) })), 'device-not-expected');
			assert.deepEqual(await store.retire(probe, { ...revoked, at: 80 }), []);
			assert.equal((await store.principal(probe))?.at, 70, 'the first end stands');
			await rejects(store.transfer(probe, there(), revoked), 'device-state');
			await rejects(store.retire(mast, revoked), 'device-unknown');
			await rejects(store.retire({ ...desk, id: 'gone' }, revoked), 'reader-unknown');
		}));

	test(`${name}: what is known of an end is recorded with it, and not without it`, () =>
		withStore(open, async (store) => {
			await admit(store, probe);
			const subject = { kind: 'device', application: 'hall', id: probe.id } as const;
			const fact: Fact = {
				...{ subject, claim: 'erased-at-retirement', value: 'erased', strength: 'claimed', source: 'device', at: 70 },
			};
			const revoked = { at: 70, cause: 'cessationOfOperation', reason: 'erased' } as const;
			await rejects(store.retire(mast, revoked, [fact]), 'device-unknown');
			assert.deepEqual(await store.facts(), []);
			assert.equal((await store.retire(probe, revoked, [fact])).length, 1);
			assert.deepEqual(await store.facts(), [fact]);
		}));

	test(`${name}: what a crash of an older version left half ended is finished`, () =>
		withStore(open, async (store) => {
			const issued = await admit(store, probe);
			await moveTo(store, probe, 'transferred', 60);
			const revoked = { at: 70, cause: 'affiliationChanged', reason: 'sold' } as const;
			const ended = await store.transfer(probe, there(), revoked);
			assert.deepEqual(
				ended.map(({ serial }) => serial),
				[issued.serial],
			);
			assert.deepEqual((await store.certificate(issued.fingerprint))?.revoked, revoked);
		}));

	test(`${name}: the use of a key ends the others, and nothing for one that is kept out`, () =>
		withStore(open, async (store) => {
			const first = await admit(store, probe);
			assert.equal(await store.hasOtherKeys(probe, bytes(7)), false);
			const rekey = intent(probe, '0b', 8, { certificate: bytes(20) });
			await store.intend(rekey);
			await store.issue(certificate(rekey, 21));
			assert.equal(await store.hasOtherKeys(probe, bytes(7)), true);
			assert.equal(await store.hasOtherKeys(probe, bytes(8)), true);
			const revoked = { at: 70, cause: 'superseded', reason: 'a newer key was used' } as const;
			await moveTo(store, probe, 'quarantined', 60);
			assert.deepEqual(await store.supersede(probe, bytes(8), revoked), []);
			await moveTo(store, probe, 'active', 65);
			const ended = await store.supersede(probe, bytes(8), revoked);
			assert.deepEqual(
				ended.map(({ serial }) => serial),
				['0a'],
			);
			assert.equal((await store.principal(probe))?.state, 'active');
			assert.deepEqual((await store.certificate(first.fingerprint))?.revoked, revoked);
			assert.equal((await store.certificate(bytes(21)))?.revoked, null);
			assert.equal(await store.hasOtherKeys(probe, bytes(8)), false);
			await rejects(store.intend(intent(probe, '0c', 7, { certificate: bytes(20) })), 'device-not-expected');
			assert.deepEqual(await store.supersede(mast, bytes(8), revoked), []);
		}));
};
