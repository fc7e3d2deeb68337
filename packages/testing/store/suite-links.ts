import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command, StoredSession } from '@keyward/core/port';
import { type OpenStore, rejects, withStore } from './suite-place.ts';

const kept: StoredSession = {
	principal: { kind: 'device', application: 'hall', id: 'gamma-1' },
	clientId: 'any-name',
	expiry: Infinity,
	disconnected: null,
	subscriptions: [
		{ filter: 'hall/+/dose-rate', qos: 1, retainAsPublished: true },
		{ filter: '_commands/"#', qos: 0, retainAsPublished: false },
	],
	cursors: [
		{ stream: 1, cursor: 7 },
		{ stream: 3, cursor: 2 ** 40 },
	],
	will: { topic: 'hall/gamma-1/_gone', payload: Uint8Array.of(0, 255), qos: 1, delay: 5000 },
};
/** The same id as another kind: another principal. */
const reader: StoredSession = {
	principal: { ...kept.principal, kind: 'reader' },
	clientId: '',
	expiry: 0,
	disconnected: 12,
	subscriptions: [],
	cursors: [],
	will: null,
};

const command = (id: string, more: Partial<Command> = {}): Command => ({
	id,
	application: 'hall',
	device: 'gamma-1',
	payload: Uint8Array.of(1, 2, 3),
	contentType: 'application/json',
	at: 10,
	expires: 100,
	delivered: null,
	receipt: null,
	...more,
});
const ids = (commands: readonly Command[]): string[] => commands.map(({ id }) => id);

export const linkSuite = (name: string, open: OpenStore): void => {
	test(`${name}: a principal has one session, kept until it ends`, () =>
		withStore(open, async (store) => {
			assert.equal(await store.session(kept.principal), null);
			await store.putSession(kept);
			await store.putSession(reader);
			assert.deepEqual(await store.session(kept.principal), kept);
			assert.deepEqual(await store.session({ ...reader.principal }), reader);
			const changed: StoredSession = { ...kept, expiry: 60_000, disconnected: 50, will: null, cursors: [] };
			await store.putSession(changed);
			assert.deepEqual(await store.sessions(), [changed, reader]);
			await store.putSession(kept);
			assert.deepEqual(await store.session(kept.principal), kept);
			await store.endSession(kept.principal);
			await store.endSession(kept.principal);
			assert.equal(await store.session(kept.principal), null);
			assert.deepEqual(await store.sessions(), [reader]);
		}));

	test(`${name}: commands wait for their device, in order`, () =>
		withStore(open, async (store) => {
			const all = [command('b'), command('a', { device: 'gamma-2' }), command('c', { payload: new Uint8Array(0) })];
			for (const each of all) await store.putCommand(each);
			await store.putCommand(command('d', { application: 'weather' }));
			await rejects(store.putCommand(command('a', { application: 'weather' })), 'store-failed');
			assert.deepEqual(await store.commands('hall'), all);
			assert.deepEqual(await store.commands('hall', 'gamma-1'), [all[0], all[2]]);
			assert.deepEqual(ids(await store.commands('weather')), ['d']);
			assert.deepEqual(await store.commands('nowhere'), []);
			assert.equal(await store.deliverCommand('a', 20), true);
			assert.equal(await store.deliverCommand('a', 30), true);
			assert.equal(await store.deliverCommand('z', 30), false);
			assert.deepEqual(await store.commands('hall', 'gamma-2'), [command('a', { device: 'gamma-2', delivered: 20 })]);
			assert.equal(await store.receiptCommand('a', Uint8Array.of(1), 40), true);
			assert.equal(await store.receiptCommand('b', Uint8Array.of(2), 50), true);
			assert.equal(await store.receiptCommand('b', Uint8Array.of(3), 60), true);
			assert.equal(await store.receiptCommand('z', Uint8Array.of(3), 60), false);
			assert.deepEqual(await store.commands('hall'), [
				command('b', { delivered: 50, receipt: Uint8Array.of(2) }),
				command('a', { device: 'gamma-2', delivered: 20, receipt: Uint8Array.of(1) }),
				command('c', { payload: new Uint8Array(0) }),
			]);
		}));

	test(`${name}: commands are forgotten that were delivered or had expired before a moment`, () =>
		withStore(open, async (store) => {
			await store.putCommand(command('delivered early', { delivered: 20 }));
			await store.putCommand(command('delivered late', { delivered: 60, expires: 70 }));
			await store.putCommand(command('expired', { expires: 49 }));
			await store.putCommand(command('ends then', { expires: 50 }));
			await store.putCommand(command('waits'));
			assert.equal(await store.forgetCommands(20), 0);
			assert.equal(await store.forgetCommands(50), 2);
			assert.equal(await store.forgetCommands(50), 0);
			assert.deepEqual(ids(await store.commands('hall')), ['delivered late', 'ends then', 'waits']);
			assert.equal(await store.forgetCommands(1000), 3);
		}));

	test(`${name}: sessions and commands are copies`, () =>
		withStore(open, async (store) => {
			const payload = Uint8Array.of(1);
			await store.putCommand(command('a', { payload }));
			payload.fill(9);
			(await store.commands('hall'))[0]?.payload.fill(9);
			assert.deepEqual((await store.commands('hall'))[0]?.payload, Uint8Array.of(1));
		}));
};
