import assert from 'node:assert/strict';
import { test } from 'node:test';
import { incidentShape } from '@keyward/contract';
import { minutes } from '@keyward/core';
import { openMemoryStore } from '@keyward/store/memory';
import Value from 'typebox/value';
import { createForkWatch } from './fork-watch.ts';
import { openIncidents } from './incidents.ts';

test('another history of a ledger is one incident while it is open, and one again once somebody closed it', async () => {
	const store = openMemoryStore();
	const incidents = await openIncidents(store);
	let now = Date.now();
	const forked = createForkWatch(incidents, { now: () => now }, { warn: () => {} });
	const fork = { ledger: 'hall', seen: 'a witness knows another history', evidence: [Uint8Array.of(1, 2)] };
	const [first, same] = await Promise.all([forked(fork), forked(fork)]);
	assert.equal(first, same);
	assert.notEqual(await forked({ ...fork, ledger: '_registry' }), first);
	now += minutes(2);
	assert.equal(await forked(fork), first);
	const found = incidents.get(first);
	assert.deepEqual(
		[found.application, found.device, found.cause, found.times, found.evidence, found.containment],
		['hall', '', 'ledger-fork', 2, ['AQI='], null],
	);
	assert.ok(incidents.all().every((one) => Value.Check(incidentShape, one)));
	await incidents.change(first, (one) => ({ ...one, closed: { at: now, reason: 'a drill' } }));
	assert.notEqual(await forked(fork), first);
	// As after a restart.
	assert.deepEqual((await openIncidents(store)).all(), incidents.all());
	await store.close();
});
