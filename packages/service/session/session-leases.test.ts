import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { LeaseStore, PrincipalName } from '@keyward/core/port';
import { openMemoryStore } from '@keyward/store/memory';
import { startSite } from '@keyward/testing/service/site';
import { connectPacket, openWire } from '@keyward/testing/service/wire';
import { openSessionLeases } from './session-leases.ts';

const clock = { now: () => 1000 };
const device = (id: string): PrincipalName => ({ kind: 'device', application: 'hall', id });

/** The real store, and how often leases were written. */
const counted = (): { readonly store: LeaseStore; readonly writes: () => number } => {
	const store = openMemoryStore();
	let writes = 0;
	return {
		store: {
			lease: store.lease,
			leasesOf: store.leasesOf,
			leasesAfter: store.leasesAfter,
			renewLease: store.renewLease,
			endLease: store.endLease,
			takeLeases: (...asked) => {
				writes++;
				return store.takeLeases(...asked);
			},
		},
		writes: () => writes,
	};
};

test('an identity is taken once, many in one write, and costs none when it comes back, after a start too', async () => {
	const { store, writes } = counted();
	const leases = await openSessionLeases(store, 'a', clock);
	const epochs = await Promise.all(Array.from({ length: 500 }, (_, i) => leases.take(device(`d-${i}`))));
	assert.equal(new Set(epochs).size, 500);
	assert.equal(writes(), 1);
	assert.equal(await leases.take(device('d-7')), epochs[7]);
	const again = await openSessionLeases(store, 'a', clock);
	assert.equal(await again.take(device('d-7')), epochs[7]);
	assert.deepEqual(await again.lost(), []);
	assert.equal(writes(), 1);
});

test('of two instances the newest connection has the identity, and the other learns that it lost it', async () => {
	const { store } = counted();
	const [a, b] = [await openSessionLeases(store, 'a', clock), await openSessionLeases(store, 'b', clock)];
	const first = await a.take(device('d'));
	const second = await b.take(device('d'));
	assert.ok(second > first);
	const [lost] = await a.lost();
	assert.deepEqual(lost, { identity: 'hall/device/d', epoch: second });
	assert.deepEqual(await a.lost(), []);
	const third = await a.take(device('d'));
	assert.ok(third > second);
	assert.equal((await b.lost()).length, 1);
	// Both at once, again and again: one of them has it in the end, and the other knows.
	for (let round = 0; round < 20; round++) {
		const name = device(`e-${round}`);
		const [mine, other] = await Promise.all([a.take(name), b.take(name)]);
		const [lostByA, lostByB] = [await a.lost(), await b.lost()];
		assert.deepEqual([lostByA.length, lostByB.length], mine > other ? [0, 1] : [1, 0]);
	}
});

test('a session ends when another instance takes its identity', async (t) => {
	const site = await startSite(t, { linkWorkers: 2 });
	const wire = await openWire(t, site, await site.commissionDevice('hall', 'probe-1'));
	wire.send(connectPacket(5));
	assert.equal((await wire.next('connack')).reasonCode ?? 0, 0);
	const other = new DatabaseSync(join(site.folder, 'keyward.sqlite'), { timeout: 5000 });
	t.after(() => other.close());
	const taken = other.prepare(
		`UPDATE lease SET holder = 'other', epoch = epoch + 1 WHERE name LIKE 'session %probe-1%'`,
	);
	assert.equal(Number(taken.run().changes), 1);
	assert.match((await wire.next('disconnect')).properties?.reasonString ?? '', /^taken-over: /);
	await wire.ended();
});
