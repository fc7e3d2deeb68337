import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hours, Problem } from '@keyward/core';
import type { Store } from '@keyward/core/port';
import { openMemoryStore } from '@keyward/store/memory';
import { admit, probe } from '@keyward/testing/store/registry';
import { openResumableSessions } from './resumable-sessions.ts';

test('a session that the disk did not take is written with the next, and not only when its peer acknowledges more', async () => {
	const store = openMemoryStore();
	await admit(store, probe);
	let fails = false;
	const putSession: Store['putSession'] = (session) =>
		fails ? Promise.reject(new Problem('store-failed', 'The disk is full.')) : store.putSession(session);
	const sessions = await openResumableSessions(
		{ ...store, putSession },
		async () => undefined,
		{ maximum: hours(1), grace: 0 },
		{ now: () => 1000 },
		assert.ifError,
	);
	const { kept } = await sessions.begin(
		probe,
		1,
		{
			...{ fingerprint: '00', hello: '', link: { protocol: 'TLSv1.3', groups: 'any' }, clientId: 'gamma-1' },
			...{ clean: true, expiry: hours(1), will: null, software: { version: null, agent: null } },
		},
		false,
	);
	assert.ok(kept !== null);
	kept.progress.set(7, { stream: 7, acknowledged: 0, sent: 0 });
	sessions.progress(1, [{ stream: 7, acknowledged: 5, sent: 5 }]);
	fails = true;
	await assert.rejects(sessions.save(kept), { code: 'store-failed' });
	fails = false;
	await sessions.stop();
	assert.deepEqual((await store.sessions())[0]?.cursors, [{ stream: 7, cursor: 5 }]);
	await store.close();
});
