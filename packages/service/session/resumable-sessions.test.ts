import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hours, Problem } from '@keyward/core';
import type { LastMessage, PrincipalName, Store } from '@keyward/core/port';
import { openMemoryStore } from '@keyward/store/memory';
import { admit, probe } from '@keyward/testing/store/registry';
import type { OpenSession } from '../thread/link-messages.ts';
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

/** Behind what is to be written: this store waits for nothing. */
const written = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a session that could not be taken up for want of room is over when its time comes, and its will is published', async (t) => {
	const memory = openMemoryStore();
	const [published, ended] = [Promise.withResolvers<string>(), Promise.withResolvers<void>()];
	let [now, isFull] = [1_795_000_000_000, false];
	const store = {
		...memory,
		putSession: async (session: Parameters<typeof memory.putSession>[0]) => {
			if (isFull) throw new Problem('store-failed', 'no space left');
			return memory.putSession(session);
		},
		endSession: async (principal: PrincipalName) => {
			await memory.endSession(principal);
			ended.resolve();
		},
	};
	const publish = async (_principal: PrincipalName, { topic }: LastMessage): Promise<void> => {
		if (isFull) throw new Problem('store-failed', 'no space left');
		published.resolve(topic);
	};
	const terms = { maximum: 1_000_000, grace: 0 };
	const sessions = await openResumableSessions(store, publish, terms, { now: () => now }, assert.ifError);
	t.after(() => sessions.stop());
	const principal = { kind: 'device', application: 'hall', id: 'probe-1' } as const;
	const request: OpenSession = {
		...{ fingerprint: '', hello: '', link: { protocol: 'TLSv1.3', groups: 'any' }, clientId: 'probe', clean: false },
		...{ expiry: 60_000, software: { version: null, agent: null } },
		will: { topic: 'hall/probe-1/state', payload: new Uint8Array(), qos: 1, delay: 30_000 },
	};
	await sessions.begin(principal, 1, request, false);
	isFull = true;
	// Its connection has ended for the next one's sake, which is refused then.
	await assert.rejects(sessions.begin(principal, 2, request, true), { code: 'store-failed' });
	await written();
	isFull = false;
	now += 30_000;
	sessions.expire(now);
	assert.equal(await published.promise, 'hall/probe-1/state');
	await written();
	now += 30_000;
	sessions.expire(now);
	await ended.promise;
	assert.deepEqual(await memory.sessions(), []);
});
