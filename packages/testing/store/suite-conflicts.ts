import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Grant } from '@keyward/core/port';
import { admit, bytes, certificate, expected, intent, mast, probe, token } from './registry.ts';
import { type OpenStore, rejects, withStore } from './suite-place.ts';

const codes = (settled: readonly PromiseSettledResult<unknown>[]): string[] =>
	settled.map((one) => {
		if (one.status === 'fulfilled') return 'done';
		const reason: unknown = one.reason;
		return reason instanceof Error && 'code' in reason ? String(reason.code) : String(reason);
	});

/** Two writers who read the same: one is told that it is not so any more. */
export const conflictSuite = (name: string, open: OpenStore): void => {
	test(`${name}: of two changes of one state, the second finds out`, () =>
		withStore(open, async (store) => {
			await admit(store, probe);
			const both = await Promise.allSettled([
				store.setState(probe, 'commissioned', 'quarantined', 60),
				store.setState(probe, 'commissioned', 'active', 61),
			]);
			assert.deepEqual(codes(both), ['done', 'changed-meanwhile']);
			assert.deepEqual(await store.principal(probe), { ...expected(probe), state: 'quarantined', at: 60 });
			const revoked = { at: 70, cause: 'keyCompromise', reason: 'stolen' } as const;
			const ends = await Promise.allSettled([
				store.retire(probe, revoked),
				store.setState(probe, 'quarantined', 'active', 71),
				store.retire(probe, revoked),
			]);
			assert.deepEqual(codes(ends), ['done', 'changed-meanwhile', 'done']);
			assert.equal((await store.principal(probe))?.state, 'retired', 'a release does not bring it back');
		}));

	test(`${name}: of two policies after one epoch, the second finds out`, () =>
		withStore(open, async (store) => {
			const both = await Promise.allSettled([store.putPolicy('hall', 'a', 1, 0), store.putPolicy('hall', 'b', 2, 0)]);
			assert.deepEqual(codes(both), ['done', 'changed-meanwhile']);
			await rejects(store.putPolicy('hall', 'b', 2, 2), 'changed-meanwhile');
			assert.equal((await store.putPolicy('hall', 'b', 2, 1)).epoch, 2);
			assert.equal((await store.policies())[0]?.text, 'b');
		}));

	test(`${name}: of two tokens for one key, and two keys for one token, one is let in`, () =>
		withStore(open, async (store) => {
			await store.expect(expected(probe), token(probe, 1));
			await store.expect(expected(mast), token(mast, 2));
			const sameKey = await Promise.allSettled([
				store.intend(intent(probe, '01', 7, { token: bytes(1) }), []),
				store.intend(intent(mast, '02', 7, { token: bytes(2) }), []),
			]);
			assert.deepEqual(codes(sameKey), ['done', 'changed-meanwhile']);
			assert.deepEqual(await store.token(bytes(2)), token(mast, 2), 'a refused intent spends nothing');
			assert.deepEqual(await store.holders(bytes(7)), [probe]);
			const sameToken = await Promise.allSettled([
				store.intend(intent(mast, '03', 8, { token: bytes(2) })),
				store.intend(intent(mast, '04', 9, { token: bytes(2) })),
			]);
			assert.deepEqual(codes(sameToken), ['done', 'token-spent']);
			await store.issue(certificate(intent(mast, '03', 8, { token: bytes(2) }), 30));
		}));

	test(`${name}: a key that others hold comes in only for who saw them`, () =>
		withStore(open, async (store) => {
			await admit(store, probe);
			await store.expect(expected(mast), token(mast, 2));
			const shared = intent(mast, '0b', 7, { token: bytes(2) });
			await rejects(store.intend(shared), 'changed-meanwhile');
			await store.intend(shared, [probe]);
			const renewal = intent(probe, '0c', 7, { certificate: bytes(20) });
			await rejects(store.intend(renewal), 'changed-meanwhile');
			assert.equal((await store.principal(probe))?.state, 'commissioned', 'nothing of it is kept');
			await store.intend(renewal, [probe, mast]);
		}));

	test(`${name}: of two ends of one grant, one ended it`, () =>
		withStore(open, async (store) => {
			const grant: Grant = {
				...{ id: 'g1', application: 'hall', reader: 'desk', device: '*', stream: 'level', purpose: 'watch' },
				...{ from: 1, expires: 100, ended: null },
			};
			const put = await Promise.allSettled([store.putGrant(grant), store.putGrant({ ...grant, reader: 'other' })]);
			assert.deepEqual(codes(put), ['done', 'store-failed']);
			assert.deepEqual(await Promise.all([store.endGrant('g1', 5), store.endGrant('g1', 6)]), [true, false]);
			assert.deepEqual(await store.grants(), [{ ...grant, ended: 5 }]);
		}));

	test(`${name}: a transfer ends here and expects there, or does neither`, () =>
		withStore(open, async (store) => {
			const issued = await admit(store, probe);
			const revoked = { at: 70, cause: 'affiliationChanged', reason: 'sold' } as const;
			const to = { principal: expected(mast, 70), token: token(mast, 9) };
			await store.expect(expected(mast), token(mast, 2));
			await store.setState(mast, 'expected', 'active', 3);
			await rejects(store.transfer(probe, to, revoked), 'device-exists');
			assert.equal((await store.principal(probe))?.state, 'commissioned');
			assert.equal((await store.certificate(issued.fingerprint))?.revoked, null);
			await store.setState(mast, 'active', 'retired', 4);
			const twice = await Promise.all([store.transfer(probe, to, revoked), store.retire(probe, revoked)]);
			assert.deepEqual(
				twice.map((each) => each.map(({ serial }) => serial)),
				[[issued.serial], []],
			);
			assert.deepEqual(await store.principal(mast), expected(mast, 70));
			assert.deepEqual(await store.token(bytes(9)), token(mast, 9));
			await rejects(store.transfer({ ...probe, id: 'gone' }, to, revoked), 'device-unknown');
		}));
};
