import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { days, minutes } from '@keyward/core';
import { type Fact, serviceComponent } from '@keyward/core/policy';
import { openMemoryStore } from '@keyward/store/memory';
import { inventoryAt } from '@keyward/testing/service/ca-inventory';
import { openAuthority } from '../../authority/authority.ts';
import { silentLog } from '../../log/log.ts';
import { createCounters } from '../../log/counters.ts';
import { createTakeovers } from '../../session/takeovers.ts';
import { alertKinds } from '../../site/site-file.ts';
import { type AlertMessage, createAlerts } from './alerts.ts';
import { startWatch } from './alert-watch.ts';

test('the watch raises a broken ledger and a certificate near its end, and resolves what is mended', async (t) => {
	const folder = await mkdtemp(join(tmpdir(), 'keyward-watch-'));
	const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
	const store = openMemoryStore();
	const authority = await openAuthority({
		folder: join(folder, 'authority'),
		store: inventoryAt(folder),
		clock,
		entropy: { bytes: (count) => new Uint8Array(randomBytes(count)) },
		applications: [],
		hostNames: [],
	});
	const told: string[] = [];
	const alerts = createAlerts({
		site: 'test',
		events: alertKinds,
		post: async (body) => {
			const { event, state, subject } = JSON.parse(body) as AlertMessage;
			told.push(`${event} ${state} ${subject}`);
		},
		clock,
		log: silentLog,
	});
	const takeovers = createTakeovers(createCounters(), silentLog, clock);
	const failures: unknown[] = [];
	const watch = startWatch({
		...{ data: folder, alerts, store, authority, clock, takeovers },
		sessions: { all: () => [] },
		posture: async () => [],
		exposed: async () => [],
		halted: () => [],
		incidents: () => [],
		record: () => [],
		witnesses: () => [],
		report: (error) => failures.push(error),
		pace: { often: 20, seldom: 20 },
	});
	t.after(async () => {
		await alerts.stop();
		await watch.stop();
		await rm(folder, { recursive: true, force: true });
		assert.deepEqual(failures, []);
	});
	const until = async (line: RegExp): Promise<void> => {
		const late = AbortSignal.timeout(120_000);
		while (!told.some((one) => line.test(one))) {
			if (late.aborted) throw new Error(`${String(line)} did not come: ${told.join(', ')}`);
			await new Promise((resolve) => setTimeout(resolve, 10));
		}
	};
	const ledger = (value: string): Fact => ({
		...{
			subject: serviceComponent,
			claim: 'ledger',
			value,
			strength: 'observed',
			source: 'ledger of hall',
			at: clock.now(),
		},
	});
	await store.putFacts([ledger('merkle-signed')]);
	await new Promise((resolve) => setTimeout(resolve, 100));
	assert.equal(told.length, 0);
	await store.putFacts([ledger('broken')]);
	await until(/^ledger-broken raised ledger of hall$/);
	await store.putFacts([ledger('merkle-signed')]);
	await until(/^ledger-broken resolved ledger of hall$/);
	// Once is a half-open connection; again and again is two who use one identity.
	const principal = { kind: 'device', application: 'hall', id: 'probe-1' } as const;
	for (let times = 0; times < 3; times++) takeovers.add(principal);
	takeovers.add({ ...principal, id: 'probe-2' });
	await until(/^identity-contested raised device hall\/probe-1$/);
	clock.ahead = minutes(31);
	await until(/^identity-contested resolved device hall\/probe-1$/);
	assert.equal(told.filter((line) => line.startsWith('identity-contested')).length, 2);
	clock.ahead = 0;
	// A year on, the service's own certificate is at its end; the CAs are not.
	clock.ahead = days(360);
	await until(/^certificate-end raised CN=Keyward service$/);
	assert.equal(told.filter((line) => line.startsWith('certificate-end')).length, 1);
	clock.ahead = 0;
	await until(/^certificate-end resolved /);
});
