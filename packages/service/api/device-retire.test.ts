import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Instant } from '@keyward/core';
import type { PrincipalName } from '@keyward/core/port';
import { openMemoryStore } from '@keyward/store/memory';
import { createLifecycle } from '../enrolment/lifecycle.ts';
import { erasureOf } from '../evidence/retirement.ts';
import { createMutex } from '../thread/mutex.ts';
import { deviceRetire } from './device-retire.ts';

const probe: PrincipalName = { kind: 'device', application: 'hall', id: 'probe-1' };

const allowed = { allowed: true, principal: probe, breaches: [], until: 1_000 } as const;

test("a device's last word is kept where the service ends right after the revocation", async () => {
	const store = openMemoryStore();
	await store.expect(
		{ ...probe, class: null, part: null, state: 'expected', at: 1 },
		{ hash: Uint8Array.of(1), principal: probe, expires: 9, spentFor: null },
	);
	await store.setState(probe, 'expected', 'active', 2);
	let now: Instant = 10;
	// Each look at the clock is later: what is known of its end must not be of before it.
	const lifecycle = createLifecycle({ store, clock: { now: () => now++ }, inTurn: createMutex() });
	const retire = deviceRetire({
		registrar: lifecycle,
		cuts: { of: async (_name, _told, record) => ({ recorded: await record(), cut: 0 }) },
		sessions: { revoked: () => Promise.reject(new Error('the process is killed here')) },
	});
	await assert.rejects(async () => retire({}, allowed, { kind: 'operator' }), /killed here/);
	const principal = await store.principal(probe);
	assert.ok(principal !== null);
	assert.equal(erasureOf(principal, await store.facts('hall')), 'erased');
});
